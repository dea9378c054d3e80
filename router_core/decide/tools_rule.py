"""When the tools on offer make a request one for the category ``tools``.

``present`` is the literal rule: tools on offer mean ``tools``. ``auto``, the default,
asks first who sends them. Agent clients offer their whole tool set on every turn, so
for a recognised one the typed text alone decides, and the follow-ups of a tool loop,
which have the same text, are decided alike. Anyone else's tools mean ``tools``.

A text asks for an action when it

- names a file, a path or a web address;
- begins a clause with an order that only an action can fulfil ("run", "send",
  "ouvre"), or with one that can be fulfilled by talking ("write", "find", "liste")
  when the clause also names a thing that tools handle ("tests", "calendar", "dossier");
- asks for what only a tool can see (the time, the weather, the state of the machine);
- names one of the tools on offer as a tool.

English and French. "Write a function that reverses a string" is talk: nothing outside
the answer changes. The first 400 and the last 300 characters are read: orders stand at
either end of what was pasted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from router_core.decide.classification import Score, Verdict
from router_core.decide.config import ToolsRule
from router_core.decide.excerpts import ends_of
from router_core.decide.turn import Turn
from router_core.decide.words import words_of

CATEGORY: Final = "tools"
SOURCE: Final = "tools"

_ASKED_CONFIDENCE: Final = 0.9
_PASTED_LINES = 2
_READ_FIRST = 400
_READ_LAST = 300


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ADDRESS = re.compile(r"\bhttps?://|\bwww\.[a-z]")
_PATH = re.compile(r"(?:^|[\s\"'`(@])(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]*)*|\b[a-z]:\\\w")
_EXTENSION = re.compile(
    r"\.(?:txt|md|pdf|docx?|xlsx?|pptx?|csv|tsv|json|ya?ml|toml|ini|cfg|conf|env|log|lock|xml|html?|"
    r"css|py|ipynb|js|jsx|ts|tsx|java|kt|c|cc|cpp|h|hpp|cs|go|rs|rb|php|sh|sql|swift|lua|png|jpe?g|"
    r"gif|svg|webp|mp3|mp4|wav|zip|gz|tar|db)\b(?!\()"
)
_PRODUCTS = re.compile(r"\b(?:node|next|nuxt|vue|react|three|express|ember|chart|p5|d3)\.js\b")
_SENTENCE = re.compile(r"[.;:!?\n]+\s+|\n+")
_CLAUSE = re.compile(r",\s+|\b(?:and|then|et|puis|ensuite)\b")
_ABOUT = re.compile(r"\b(?:about|regarding|concerning|a propos)\b")
_QUESTION_WORDS: Final = _set(
    "how why what who whose when where which is are do does did should would comment pourquoi "
    "qui quand quel quelle quels quelles que est"
)
_POLITE = re.compile(
    r"(?:\W|\b(?:please|pls|plz|kindly|hey|hi|hello|ok|okay|now|also|just|first|next|again|quickly|"
    r"go ahead|no wait|can you|could you|would you|will you|can u|i want you to|i need you to|"
    r"i d like you to|i want to|help me|let s|let us|you should|s il te plait|s il vous plait|stp|"
    r"svp|bonjour|salut|maintenant|aussi|peux tu|pourrais tu|pouvez vous|pourriez vous|tu peux|"
    r"vous pouvez|je veux que tu|j aimerais que tu|il faut|merci de|veuillez|essaie de|"
    r"me|moi|le|la|les)\b)*"
)

_ACTS: Final = _set(
    "run rerun execute launch browse fetch download upload send forward reply email mail "
    "schedule reschedule remind book install uninstall commit push clone deploy redeploy delegate "
    "spawn ping grep ls mkdir search play navigate screenshot subscribe unsubscribe reboot "
    "lance lancer relance execute executer ouvre ouvrir telecharge telecharger envoie envoyer "
    "envoyez rappelle installe installer desinstalle reserve reserver programme redemarre "
    "redemarrer deploie"
)
"""Orders that only an action can fulfil, folded."""

_HANDLES: Final = _set(
    "open read write create make add append edit modify change update upgrade fix refactor move "
    "copy rename delete remove save store list show display print find look check inspect "
    "see view count use start stop restart kill close test build compile lint format set turn "
    "pause post publish share cancel order buy get pull merge revert review scan watch monitor "
    "summarize summarise sort backup compress extract unzip sync export import query give tell "
    "lis lire ecris ecrire cree creer ajoute ajouter modifie modifier change corrige corriger "
    "deplace copie renomme supprime supprimer efface enregistre sauvegarde liste lister affiche "
    "afficher montre cherche chercher recherche trouve trouver regarde verifie verifier compte "
    "utilise demarre arrete ferme teste construis compile mets allume eteins joue publie annule "
    "commande achete resume exporte importe donne dis va fais"
)
"""Orders that may be about the world or about the answer, folded."""

_ORDERS: Final = _ACTS | _HANDLES

_THINGS: Final = _set(
    "file files folder folders directory directories workspace repo repository codebase project "
    "branch branches commits changelog readme tests testsuite suite build pipeline "
    "linter server servers service container containers process processes port daemon cron disk "
    "desktop downloads clipboard terminal shell command commands machine laptop "
    "browser tab website webpage web internet online google inbox emails email mails calendar "
    "meeting meetings event appointment reminder reminders alarm timer todo todos ticket tickets "
    "issue issues slack telegram whatsapp discord message messages contacts attachment "
    "screenshot spreadsheet document documents notes memory session sessions subagent "
    "agent helper weather forecast news lights light thermostat volume playlist spotify flight "
    "flights hotel log logs dependencies skill skills tool tools "
    "fichier fichiers dossier dossiers repertoire projet depot branche serveur service conteneur "
    "processus disque bureau telechargements navigateur site web internet ligne courriel courriels "
    "mails calendrier agenda reunion reunions evenement rappel rappels alarme minuteur taches "
    "billet messages contacts capture tableur documents meteo actualites lumiere lumieres "
    "musique vol vols hotel journaux dependances outil outils"
)
"""Things that tools handle, folded."""

_SEEN_BY_TOOLS = re.compile(
    r"\b(?:what time is it|what (?:s|is) the time|what day is it|"
    r"quelle heure (?:est il|il est)|il est quelle heure|quel jour (?:sommes|on est)|"
    r"(?:weather|forecast) (?:in|for|today|tomorrow|this|like)|s the weather|meteo|"
    r"quel temps (?:fait|fera)|"
    r"(?:latest|recent|today s|current) (?:news|headlines|price|score|rate)|"
    r"near me\b|pres (?:de chez moi|d ici)|stock price|"
    r"dernieres (?:nouvelles|actualites)|(?:my|mes|mon|ma) (?:calendar|inbox|emails?|mails?|"
    r"schedule|agenda|reminders|todo list|downloads|desktop|disk|rappels|calendrier|courriels)|"
    r"(?:which|what|how many|quels?|combien de) "
    r"(?:files|folders|processes|branches|fichiers|dossiers)|"
    r"(?:disk|free) space|espace disque|git (?:status|diff|log)|"
    r"(?:is|are) (?:the )?(?:server|service|tests?|build|ci|site|website) "
    r"(?:running|up|down|passing|failing|green|red|broken))\b"
)
_ASKED: Final = _set(
    "time heure day jour weather forecast meteo temps news headlines price score rate me moi ici "
    "stock nouvelles actualites calendar inbox email emails mail mails schedule agenda reminders "
    "todo downloads desktop disk rappels calendrier courriels files folders processes branches "
    "fichiers dossiers space disque status diff log running up down passing failing green "
    "red broken"
)
"""Words without which `_SEEN_BY_TOOLS` cannot match; looking for them is much cheaper."""

_NOT_A_WORD = re.compile(r"[^\w]+")


def tools_verdict(rule: ToolsRule, turn: Turn, tools: Sequence[str]) -> Verdict | None:
    """The verdict ``tools``, or ``None``: the classifier decides."""
    if not tools:
        return None
    if rule is ToolsRule.PRESENT or turn.client is None:
        return _tools(1.0, f"the request offers {_counted(len(tools))}")
    sought = action_in(turn.text, tools)
    return None if sought is None else _tools(_ASKED_CONFIDENCE, sought)


def gives_order(text: str) -> bool:
    """Whether a clause begins with an order, for the tools or for the answer."""
    read = ends_of(text, _READ_FIRST, _READ_LAST)
    if _ORDERS.isdisjoint(words_of(read)):
        return False
    spoken = (
        words
        for sentence in _SENTENCE.split(_folded(read))
        for _, words in _clauses(sentence)
        if words
    )
    return any(words[0] in _ORDERS for words in spoken)


def is_pasted(text: str) -> bool:
    """Whether a text looks like something pasted, which names files without asking for any."""
    return text.count("\n") >= _PASTED_LINES


def action_in(text: str, tools: Sequence[str] = ()) -> str | None:
    """What in a text asks for an action, in words for a person; ``None``: nothing does."""
    read = ends_of(text, _READ_FIRST, _READ_LAST)
    folded = _folded(read)
    if ("://" in folded or "www." in folded) and _ADDRESS.search(folded):
        return "it names a web address"
    if _names_file(folded):
        return "it names a file"
    if ("/" in folded or "\\" in folded) and _PATH.search(folded):
        return "it names a path"
    listed = words_of(read)
    words = " ".join(listed)
    if not _ASKED.isdisjoint(listed) and _SEEN_BY_TOOLS.search(words):
        return "it asks for what only a tool can see"
    order = None if _ORDERS.isdisjoint(listed) else next(_orders(folded), None)
    if order is not None:
        return f"it asks to {order}" if " " not in order else f"it asks for an action: {order}"
    named = _tool_named_in(words, tools) if "tool" in words or "outil" in words else None
    return None if named is None else f"it names the tool {named}"


def _tool_named_in(words: str, tools: Sequence[str]) -> str | None:
    for name in tools:
        spoken = " ".join(words_of(name))
        if spoken and (f"{spoken} tool" in words or f"outil {spoken}" in words):
            return name
    return None


def _names_file(folded: str) -> bool:
    if "." not in folded:
        return False
    found = _EXTENSION.finditer(_PRODUCTS.sub("", folded))
    return any(name.start() and name.string[name.start() - 1].isalnum() for name in found)


def _orders(folded: str) -> Iterator[str]:
    """The orders for an action: clauses that begin with one. A question gives no orders."""
    for sentence in _SENTENCE.split(folded):
        if _ORDERS.isdisjoint(_NOT_A_WORD.split(sentence)):
            continue
        for place, (first, words) in enumerate(_clauses(sentence)):
            if place == 0 and first in _QUESTION_WORDS:
                break
            order = None if _ORDERS.isdisjoint(words) else _order(words)
            if order is not None:
                yield order


def _clauses(sentence: str) -> Iterator[tuple[str, list[str]]]:
    """The first word of each clause, and its words without what is said out of politeness."""
    for clause in _CLAUSE.split(sentence):
        spoken = _NOT_A_WORD.sub(" ", _ABOUT.split(clause, maxsplit=1)[0])
        polite = _POLITE.match(spoken)
        first = spoken.split(maxsplit=1)[:1]
        yield "".join(first), spoken[polite.end() if polite else 0 :].split()


def _order(words: Sequence[str]) -> str | None:
    verb = words[0] if words else ""
    if verb in _ACTS:
        return verb if len(words) > 1 else None
    if verb not in _HANDLES:
        return None
    thing = next((word for word in words[1:10] if word in _THINGS), None)
    return None if thing is None else f"{verb} ... {thing}"


def _tools(confidence: float, evidence: str) -> Verdict:
    return Verdict(
        scores=(Score(category=CATEGORY, confidence=confidence),),
        source=SOURCE,
        evidence=(evidence,),
    )


def _counted(number: int) -> str:
    return "a tool" if number == 1 else f"{number} tools"


def _folded(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
