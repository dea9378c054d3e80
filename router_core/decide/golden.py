"""A fixed set of prompts, of what people ask for: what a change of the config does to them.

They carry no tools. A change that nobody has sent requests for yet shows here.
"""

from __future__ import annotations

from typing import Final

__all__ = ["GOLDEN"]

GOLDEN: Final = (
    # code
    "Write a Python function that merges two sorted lists.",
    "Why does this throw a NullPointerException? user.getAddress().getCity()",
    "Convert this loop to a list comprehension:\nout = []\nfor x in xs:\n    out.append(x * 2)",
    "My React component re-renders on every keystroke, how do I stop that?",
    "Write a bash script that renames all .jpeg files in a folder to .jpg",
    "What is the difference between a mutex and a semaphore in C++?",
    "Add type hints to this:\ndef area(w, h):\n    return w * h",
    "Regex that matches an ISO date",
    "Refactor this class so that it can be tested without a database.",
    "How do I undo my last git commit but keep the changes?",
    "Write unit tests for a function that parses phone numbers.",
    "Dockerfile for a FastAPI app with uvicorn",
    # SQL
    "Write a SQL query that returns the ten customers who spent most last month.",
    "SELECT name, COUNT(*) FROM orders; gives an error about GROUP BY. How do I fix it?",
    "Which index would make a query on (customer_id, created_at) faster in Postgres?",
    # reasoning
    "A train leaves at 9:40 and arrives at 13:05. How long does it take?",
    "Prove that the square root of 2 is irrational.",
    "Why is the sky blue but the sunset red?",
    "If all bloops are razzies and some razzies are lazzies, are some bloops lazzies?",
    "Compare renting and buying a flat over ten years, with the assumptions that matter.",
    "Solve 3x^2 - 5x + 2 = 0 step by step.",
    "Explain how vaccines train the immune system.",
    "I flip a fair coin five times. What is the probability of exactly three heads?",
    "What would happen to the tides if the moon were twice as far away?",
    "What is the derivative of x * sin(x)?",
    "Weigh the arguments for and against a four-day week in a small company.",
    # conversation
    "hello",
    "Thanks, that was very helpful!",
    "Good morning, how are you today?",
    "I had a terrible day at work.",
    "Tell me a joke about cats.",
    "What is the capital of Australia?",
    "Recommend a film for a rainy evening.",
    "How long do I boil an egg?",
    "What should I give my sister for her thirtieth birthday?",
    "Any ideas for a weekend in Lisbon with two small children?",
    "Write a short poem about the first snow.",
    # translation
    "Translate into Spanish: The meeting has been moved to Thursday afternoon.",
    "How do you say 'take your time' in Japanese?",
    "Translate this into plain English: The lessee shall be liable for any and all damages.",
    # summaries
    (
        "Summarize this article in three bullet points: The council voted on Tuesday to close the"
        " old bridge for repairs. Works will take eight months, and buses will be diverted."
    ),
    (
        "Give me the main points of the following minutes: Budget approved. Hiring is paused until"
        " June. The new office opens in May."
    ),
    # mail and other writing
    "Write a polite e-mail to a client whose invoice is three weeks overdue.",
    "Draft a reply that declines the invitation but keeps the door open.",
    "Make this sound more professional: hey, can u send me the report asap",
    "Write a cover letter for a junior accountant with one year of experience.",
    "Correct the spelling: Their going to there house becuase its late.",
    # data and documents
    "Extract the names and dates as JSON: Anna Berg signed on 3 May 2024, Luis Ortega on 9 June.",
    "Is this review positive or negative? 'The food was cold and the waiter ignored us.'",
    "Make a table of the planets with their diameter and number of moons.",
    # French
    "Bonjour, comment ça va ?",
    "Merci beaucoup, bonne journée !",
    "Écris une fonction Python qui compte les voyelles d'un texte.",
    "Pourquoi les feuilles deviennent-elles rouges en automne ?",
    "Corrige les fautes : les enfant joue dans la cours.",
    "Traduis en anglais : Je vous rappelle demain matin.",
    (
        "Résume ce texte en deux phrases : Le musée rouvre samedi après un an de travaux. L'entrée"
        " sera gratuite tout le week-end."
    ),
    "Rédige un mail pour demander un report de rendez-vous.",
    "Requête SQL pour compter les commandes par mois",
    "Une recette rapide avec des courgettes et du riz ?",
    "Combien font 15 % de 240 euros ?",
    "Explique la différence entre la météo et le climat.",
    "Mon script bash s'arrête avec « permission denied », que faire ?",
)
"""Some sixty prompts, English and French."""
