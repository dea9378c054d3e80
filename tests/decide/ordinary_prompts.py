"""Prompts of ordinary people that look a little like a client's envelopes.

Most come through untouched whoever sends them. Those of `LIKE_ENVELOPES` are written
as some client writes its own turns, and are a person's where no client is recognised.
"""

from __future__ import annotations

ABOUT_UPKEEP = (
    "My watch says the heartbeat sensor is dirty. How do I clean it?",
    "Read the heartbeat log below. If nothing looks odd, just say fine.\n09:00 ok\n09:01 ok",
    "Check my heartbeat script: when the server is idle it should return ALL_QUIET",
    "Explain what HEARTBEAT_OK means in this log:\n\n10:01 HEARTBEAT_OK\n10:02 HEARTBEAT_OK",
    "Write a bash script that polls /health and prints HEARTBEAT_LOST after three failures.",
    "Give me a title for this conversation",
    "Suggest a short title for this chat, five words at most",
    "Name this thread, please. No quotes.",
    (
        "Can you come up with a title for our discussion that my boss will understand? Keep it "
        "under ten words."
    ),
    "Write five titles for a blog post about container gardens. Only the titles, no explanation.",
    (
        "Generate a concise 3-5 word title for my short story about a lighthouse keeper who "
        "keeps bees. Return only the title, without quotes or punctuation, in title case."
    ),
    (
        "Generate tags for this article, comma separated, lowercase only:\n\nTomatoes need sun "
        "and water, and a stake to climb on when the fruit gets heavy."
    ),
    "Return JSON with a title and a description for this product: a kettle that sings when done.",
    "Summarise our conversation so far in three bullets",
    (
        "Please summarize this chat between me and my landlord and tell me what I should do "
        "next:\n\nMe: the heating is off\nHim: I will look\nMe: it has been a week\nHim: soon"
    ),
    (
        "Summarize the following customer conversation. What did the customer want, and what "
        "are the next steps for our team?\n\nCustomer: my parcel is late\nAgent: I will ask "
        "the depot\nCustomer: please hurry, it is a present"
    ),
    (
        "Write a detailed summary of this meeting transcript for the people who could not "
        "come, with decisions and next steps:\n\nAnn: we ship on Monday\nBob: then the docs "
        "must be ready\nAnn: yes"
    ),
    "Recap what we did today so that I can continue tomorrow",
    (
        "How do I summarize a conversation with an LLM when the context window is full? Which "
        "prompt works best, and should it be structured in sections or free text?"
    ),
    "Write a prompt that makes a model generate a conversation title.",
    "What is a good system prompt for a context summarization assistant?",
    "Explain how compaction works in agent clients and why the history is replaced by a summary.",
    "Write me a commit message for a change that renames foo to bar",
    "Suggest three follow-up questions I could ask my doctor after this diagnosis: hypertension.",
    "What should I ask next in my interview?",
    "Remind me in an hour to take the bread out",
    "A scheduled job on my server failed last night. Where do I look first?",
    "The background task finished but I see no output, why?\nI use celery with redis.",
    "Every morning at nine, send me the weather. Is there a cron expression for that?",
    "[reminder] buy milk\n[reminder] call mum\nsort these by urgency",
    "You are my diary. Today I dreamt of a flooded library. Write it down in first person.",
    (
        "Write a description for our chat app: only the text, no quotes, at most 50 words, and a "
        "title that sells."
    ),
    (
        "Give the kettle a name, only one word, no punctuation, in lowercase. It sings when the "
        "water boils, and it is red."
    ),
    (
        "Summarise our discussion so far of how the user logs in and out of the shop, with the "
        "code we changed, then continue with the next step, the page for lost passwords."
    ),
    "Write a one-line summary of each chapter of this thread about the history of tea",
    (
        "The user's session ends too early in my app. Summarise how sessions work and continue "
        "the work on the login page so far."
    ),
)

TAGS = (
    "<b>why is this bold?</b>",
    "<table>\n<tr><td>1</td></tr>\n</table>\nmake it responsive",
    "why does this not validate?\n\n<note>\n  <to>Ann</to>\n  <body>hi</body>\n</note>",
    (
        "<session-config>\n  <session-timeout>30</session-timeout>\n</session-config>\nwhat is "
        "the unit?"
    ),
    (
        "what is the unit here?\n<session-config>\n  <session-timeout>30</session-timeout>\n"
        "</session-config>"
    ),
    (
        "<environment>\n  <variable name='A'>1</variable>\n</environment>\n\nturn this into a "
        ".env file"
    ),
    "<context>\nBees dance.\n</context>\n\nWhy do they?",
    "Answer from the document.\n<document>\nBoats float.\n</document>\nWhy do they float?",
    "<task>\nBuy milk\n</task>\n<task>\nCall mum\n</task>\nturn these into a checklist",
    "What does <task> do in asyncio docs?",
    "Is `<user_query>` a real HTML tag?",
    "In Cursor I see <user_query> and <additional_data> around my text. Why?",
    "what is inside <environment_details>...</environment_details> in Roo Code?",
    "parse this with regex:\n<userRequest id='1'>hello</userRequest>",
    "<script>alert(1)</script> is this dangerous?",
    "<question>What is 2+2?</question>",
    "<svg><metadata>made by me</metadata></svg>\n\nshrink it",
    "<?xml version='1.0'?>\n<project><build/></project>\n\nwhat is missing?",
    "<system>you are kind</system> - is this how I write a system prompt?",
    "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\nhow do I resolve this?",
    "<!-- START CONTEXT -->\n<p>hi</p>\n<!-- END CONTEXT -->\nwhat do these comments do?",
    "</div> is unmatched in my page, how do I find it?",
    "use <kbd>Ctrl</kbd>+<kbd>C</kbd>",
    "List<Map<String, Integer>>",
    "a < b and c > d",
    "<attachment name='x'> in MIME: what is it?",
    "How do I close an <input> tag in JSX?",
    "why is this wrong?\n<file>\n  <name/>\n</file>",
)

LOGS_AND_FORMS = (
    "[2026-03-02 08:00:11] worker started\n[2026-03-02 08:00:12] worker died\n\nwhat happened?",
    "2026-03-02T08:00:11Z ERROR pool exhausted",
    "[ERROR] You must call super() first\n\nmy IDE says that",
    "[error] 14#14: upstream timed out",
    "[INFO] Scanning for projects...\n[ERROR] BUILD FAILURE",
    "[Result] 42\n[Error] none\nwhat language prints this?",
    "# Context\nI run a bakery.\n\n# My question\nHow much flour for 40 loaves?",
    "# Fix my marriage\n\nWe argue about money.",
    "### Task\nTranslate to French: good morning",
    "### Task:\nTranslate the text.\n### Output:\nFrench only\n### Text:\ngood morning",
    "--- BEGIN ---\nfoo\n--- END ---\nwhat format is this?",
    "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b",
    (
        "fix the tests\n\nIMPORTANT: do not touch src/, you MUST keep the public names and "
        "NEVER add dependencies"
    ),
    "Write a haiku.\n\nYour answer MUST have three lines.",
    "refactor this\n\n# Rules:\n- no globals\n- tests first",
    (
        "Write a function.\n\nIt MUST return JSON and ONLY JSON, in a code block, in this "
        'format: {"a": 1}. Do NOT explain. I will paste it into a tool which is ALWAYS strict '
        "about the format."
    ),
    "System: Windows 11\nRAM: 16 GB\nwhy is it slow?",
    "Runtime: 5 hours | Cost: 3 EUR | Result: fine\nIs that good?",
    "[Context]\nName: Bob\nAge: 7\n\nwrite him a birthday card",
    "User: hi\nAssistant: hello\nUser: how do I continue this dialogue?",
    '{"type": "user_message", "message": "hello"}',
    "Continue",
    "please continue",
    "resume",
    "continue where you left off",
    "The previous answer was cut off. Continue from the last line.",
    "This conversation is being recorded, says my bank. Are they allowed to?",
    "Image from tool shop: is this drill any good?",
    "Tool result: 42. Is that right?",
    "Observation: the sky is blue. Hypothesis?",
    "Called the plumber with the following question: why is it leaking?",
    "The user sent the following message:\nhello\n\nHow should my bot answer?",
    "Act as an expert software developer. What is a monad?",
    "你好，请给这篇关于花园的文章起一个标题，不要标点",
    "Résume cette conversation en trois phrases, sans guillemets",
    "Donne un titre à cette discussion, cinq mots au plus",
    "The scheduled task has been renamed.\nWhy does cron still run it?",
    "# Fix the failing errors page\n\n## Steps\n1. open it",
)


FOR_ANYONE = (*ABOUT_UPKEEP, *TAGS, *LOGS_AND_FORMS)
"""What anybody may type, in an agent client as well."""

LIKE_ENVELOPES = (
    "hello",
    "What is a heartbeat poll in distributed systems?",
    "Follow the heartbeat of the patient and reply with the rate.",
    "If nothing needs attention, reply NO_REPLY. What does that mean?",
    "Give me a title for my blog post about sailing",
    "Generate a short title for this conversation",
    "Generate a 3-word slug: My summer in Rome. Reply with ONLY the slug.",
    "Summarise this conversation so far",
    "Summarize the following conversation:\n\nUser: hi\nBot: hello",
    "<conversation>\nA: hi\nB: hello\n</conversation>\n\nWho speaks first?",
    "<summary>this is what I wrote</summary>",
    "what does <system-reminder> do in Claude Code?",
    "<system-reminder>why do I see this in my logs?</system-reminder>",
    "<system-reminder>pasted</system-reminder> what is this block for?",
    "A scheduled reminder has been triggered. Why does my phone say that?",
    "Remind me to water the plants",
    "A background task completed. What do I do next?",
    "An async command completion event was triggered, says my log",
    "[Mon 2026-03-02 08:00 UTC] ERROR disk full: what now?",
    "[2026-03-02 08:00:11] worker started\n[2026-03-02 08:00:12] worker died",
    "[cron:42 nightly] is that valid crontab syntax?",
    "[Queued messages while agent was busy] is what the bot printed",
    "[Subagent Context] what is that?",
    "[SUGGESTION MODE: off]",
    "[OpenClaw heartbeat poll] appears in my chat, why?",
    "[tool] result",
    "Runtime: python=3.12 | os=linux | shell=zsh",
    "My env:\n\nRuntime: python=3.12 | os=linux | shell=zsh",
    "What time is it?\nCurrent time: 9:15",
    "Current time: noon. How long until midnight?",
    "Image(s) from tool result #1 (camera):",
    "Explain <b>bold</b> tags",
    "<div>centre me</div>",
    "<user_query>is this tag special?</user_query>",
    "<file_content path='a.py'>print(1)</file_content>",
    "<<<BEGIN PGP MESSAGE>>>\nabc\n<<<END PGP MESSAGE>>>",
    "<<<BEGIN_NOTES>>> what is a heredoc? <<<END_NOTES>>>",
    "--- Content from referenced files ---",
    '"quoted from start to end"',
    '"To be or not to be"\nWho wrote that?',
    "Continue if you have next steps",
    "What did we do so far?",
    "Context summary: please write one",
    "The conversation history before this point was compacted, it says. Is that bad?",
    "Write a dream diary entry about flying",
    "Pre-compaction memory flush: what is it?",
    "You are a title generator. Make one for a cat video.",
    "Reply in English.",
    "To suggest changes to a file you MUST return the file. Why MUST in capitals?",
    "Continue the current task from the existing transcript",
    "hello\n\nContinue the current task from the existing transcript, please",
    "System: [2026-03-02 08:00:43 UTC] login failed",
    "sessionId=42 shows up in my url, is that safe?",
    "isUser=false\n[Inter-session message] what is this?",
    "  two spaces before, a newline after\n",
    "Conversation info (untrusted metadata):\n```json\n{}\n```\nwhat is that?",
    "Called the Read tool with the following input: why?",
)


ORDINARY = (*FOR_ANYONE, *LIKE_ENVELOPES)
"""What anybody may type where no client is recognised."""
