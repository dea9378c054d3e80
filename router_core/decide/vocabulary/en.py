"""The English vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router_core.decide.vocabulary.terms import Terms, terms

_CODE: Final = (
    terms(
        4.3,
        "html, css, numpy, flutter, json, js, unity",
    ),
    terms(
        3.6,
        "javascript, typescript, c++, c#, kotlin, php, mysql, postgres, matlab, flask, spring "
        "boot, laravel, pandas, pytorch, regex, bash, powershell, docker, terraform, nginx, git, "
        "jquery, vba, debug, pytest, write a program, this code, data structure, hash table, "
        "arduino, haskell, lua, perl, xcode, pull request, shader, prolog, elixir, godot, pygame, "
        "ggplot, eslint, sklearn, matplotlib, plotly, sql injection, heredoc, google apps script, "
        "stack overflow, redis, serverless",
    ),
    terms(
        3.0,
        "python, golang, postgresql, sqlite, mongodb, react, reactjs, angular, vuejs, nextjs, "
        "node js, nodejs, django, fastapi, tensorflow, keras, opencv, regexp, regular expression, "
        "shell script, bash script, shell command, dockerfile, docker compose, kubectl, ansible, "
        "github, gitlab, npm, pip install, webpack, graphql, rest api, api endpoint, stack trace, "
        "stacktrace, traceback, segfault, segmentation fault, null pointer, refactor, "
        "refactoring, debugger, debugging, unit test, source code, pseudo code, pseudocode, code "
        "snippet, a c program, code review, linked list, binary tree, binary search, hash map, "
        "hashmap, assembly language, machine code, boilerplate, codebase, rust, scala, ruby, ruby "
        "on rails, swift ui, swiftui, android studio, vscode, vs code, cmake, makefile, gcc, "
        "llvm, leetcode, merge conflict, rebase, cron job, crontab, yaml, xml, csv file, "
        "dataframe, excel formula, google sheets formula, latex code, selenium, glsl, cuda, "
        "verilog, vhdl, cobol, fortran, clojure, solidity, jsx, tsx, neovim, discord bot, "
        "telegram bot, unreal engine, tkinter, pyqt, opengl, vulkan, zig, spring security, "
        "hibernate, maven, gradle, junit, tailwind, svelte, playwright, puppeteer, beautifulsoup, "
        "scrapy, langchain, huggingface, scikit learn, jupyter, virtualenv, venv, homebrew, apt "
        "get, systemd, systemctl, iptables, base64, sha256, md5, wget, rsync, wordpress plugin, "
        "webhook, list comprehension, for loop, while loop, apps script, excel macro, advent of "
        "code, stackoverflow, smart contract, rabbitmq, elasticsearch, aws lambda, programming, "
        "programmer, recursion, cors, wordpress, database, query, left join, linux, unix, "
        "terminal, chmod, grep, ssh, chrome extension, firmware, tokenizer, parser, plugin, "
        "framework, flexbox, dom, text file, file",
    ),
    terms(
        2.5,
        "sql, vue, kubernetes, grpc, compiler, vim, kafka, write a function, script, script that, "
        "code, implement, recursive, boolean, arrays, array, loop, div, const, dns, tcp, front "
        "end, endpoint, database schema, repo, commit, deploy, deployment, localhost, ubuntu, "
        "command line, symlink, awk, sed, utf 8, async, await, mutex, websocket, oauth, jwt, unit "
        "tests, web page, web scraper, ios app, software, kernel, microcontroller, parse, object "
        "oriented, inheritance, polymorphism, constructor, closure, null, enum, namespace, "
        "dataset, middleware, sdk, responsive, media query, big o, dynamic programming, reverse "
        "proxy, hostname, permission denied, bot, print, stack, node, app",
    ),
    terms(
        2.0,
        "java, emacs, function that, function to, method that, class that, algorithm, compile, "
        "compiled, runtime error, syntax error, exception, implementation, iterator, integer "
        "array, sorted array, string, loops, tuple, dict, ssl, nullable, async function, event "
        "listener, html page, css file, api key, excel file, unit testing, open source library, "
        "web development, app development, api, backend, frontend, back end, sql query, select "
        "from, foreign key, repository, http request, web server, webserver, stdin, stdout, "
        "symbolic link, curl, tar archive, hexadecimal, ascii, multithreading, multithreaded, "
        "test cases, web app, webapp, webpage, scraper, mobile app, android app, raspberry pi, "
        "neural network code, regexes, stored procedure, pointer, struct, typedef, ide, cli, gui, "
        "checkbox, dropdown, navbar, css grid, time complexity, space complexity, lambda "
        "function, environment variable, virtual machine, container, load balancer, subdirectory, "
        "subdirectories, subfolder, working directory, home directory, current directory, current "
        "folder, file system, filesystem, process id, file extension, zip file, log file, config "
        "file, variables, prints, input, folder, hash, index, column, button, fails, log, debian, "
        "gpu, module, tables",
    ),
    terms(
        1.5,
        "bug, variable, callback, macro, object, instance, output, server, thread, queue, files, "
        "path, columns, rows, install, config, error, errors, logs, windows, macos, pixel, llm, "
        "cpu, memory leak, latency, dependency, binary, port, socket, rename, delete all, "
        "executable",
    ),
    terms(
        1.1,
        "coding, scrape, scraping, duplicates, indentation, method, parameter, arguments, return "
        "value, cache, threads, directory, directories, permission, permissions, encrypt, "
        "decrypt, sort, filter, element, row, application, website, user interface, ui, version, "
        "update, configuration, settings, crash, crashes, failing, macbook, image processing, "
        "training loop, model training, throughput, workflow, automation, template, syntax, "
        "package, dependencies, schema, timestamp, byte, bytes, unzip, gzip, recursively, "
        "modified",
    ),
    terms(
        0.8,
        "printing, client, fix, snippet, bit",
    ),
    terms(
        0.5,
        "library",
    ),
)

_REASONING: Final = (
    terms(
        4.3,
        "what if",
    ),
    terms(
        3.6,
        "equation, true or false, logically, premise, riddle, entropy, explain why, why do, why "
        "does, why are, reason",
    ),
    terms(
        3.0,
        "theorem, lemma, corollary, derivative, integral, polynomial, eigenvalue, eigenvector, "
        "matrices, logarithm, trigonometry, sine, cosine, quadratic, factorial, prime factors, "
        "real numbers, positive integer, positive integers, probability, standard deviation, "
        "variance, hypothesis test, confidence interval, solve for, calculate, compute the, find "
        "the value, what is the probability, how far, at what speed, what is the ratio, ratio of, "
        "what percentage, simple interest, compound interest, perimeter, circumference, "
        "hypotenuse, radius, diameter, square feet, km per hour, miles per hour, options, which "
        "of the following, deduce, truth, tells the truth, syllogism, premises, puzzle, quantum "
        "mechanics, thermodynamics, photosynthesis, causation, counterfactual, pros and cons, "
        "analyse, evaluate, causes of, argue, why did, consequences, assumptions",
    ),
    terms(
        2.5,
        "prove, prove that, equations, prime number, modulo, solve, percent of, relativity, "
        "gravity, what would happen, trade offs, tradeoffs, advantages and disadvantages, compare "
        "and contrast, difference between, analyze, critically, implications, cause of, what "
        "caused, what causes, argue both sides, explain your, explain how, why might, why would, "
        "how does, how do we, how can governments, how could, reasons, compare, derive, "
        "conclusion, logic, physics, inflation, velocity, molecule, enzyme, evolution, genetic, "
        "triangle, angle, angles, series, fraction, divided, profit, in total, remaining, "
        "factors, statement, theory, sufficient",
    ),
    terms(
        2.0,
        "proof, matrix, step by step, how long does it take, differences between, why is, how "
        "did, how would, why, reasoning, comparison, derivation, estimate, infer, conclude, "
        "argument for, logical, math, mathematics, geometry, calculus, statistics, arithmetic, "
        "chemistry, philosophical, ethics, ethical, morally, economics, economic, econometrics, "
        "hypothesis, acceleration, momentum, kinetic, voltage, electron, molecular, atoms, "
        "protein, vector, vectors, rectangle, axis, parabola, numerator, denominator, integer, "
        "integers, divisible, remainder, multiply, sum of, product of, square root, cubic, "
        "median, ratio, percent, percentage, discount, interest rate, cost price, selling price, "
        "total cost, per day, per month, per minute, per year, twice as many, twice as much, half "
        "as many, times as many, altogether, left over, dollars, rs, cm, liters, gallons, factor, "
        "influence, significance, role of, relationship between, typical person, scenario, "
        "investment, portfolio, supply and demand, policy, policies, machine learning, necessary, "
        "contradiction, valid, assumption, number of, sold, spent",
    ),
    terms(
        1.5,
        "versus, algebra, philosophy, circle, degrees, slope, sequence, decimal, per hour, per "
        "week, per person, cents, kg, km, impact, affect, effects, statements, strategy, neural "
        "network, scientific, invalid, how many, therefore, suppose, if, show that, following, "
        "discuss, interpret, consider, principle, mechanism, society, climate, energy, at least, "
        "earns, feet",
    ),
    terms(
        1.1,
        "biology, moral, average, each, how much, how much money, because, thus, given that, "
        "given, assume, determine, question, process, structure, government, numbers, less than, "
        "fewer, at most, greater, smaller, buys, sells, spends, minutes, meters",
    ),
    terms(
        0.8,
        "step, how old, how many times, how much does, define, concept, more than, faster, "
        "bought, pounds",
    ),
    terms(
        0.5,
        "explain, maths, how, then, weeks, miles",
    ),
)

_CONVERSATION: Final = (
    terms(
        4.3,
        "^hi, ^thanks",
    ),
    terms(
        3.6,
        "^hey, ^good morning, ^good evening, ^good afternoon, ^good night, ^thank you, ^bye, "
        "^goodbye, ^yo, ^sup, how are you, how are you doing, how is it going, how s it going, "
        "how have you been, how do you feel, how old are you, how was your day, what s up, nice "
        "to meet you, who are you, what are you, what is your name, what s your name, tell me "
        "about yourself, are you human, are you a human, are you a robot, are you real, are you "
        "an ai, are you a bot, who made you, who created you, who built you, who programmed you, "
        "your favorite, your favourite, your hobbies, your hobby, do you like, do you love, do "
        "you have, do you know, do you feel, do you think, do you believe, do you want, do you "
        "get, do you ever, do you eat, do you drink, can you feel, can you eat, would you like, "
        "tell me a joke, another joke, make me laugh, something funny, where do you live, where "
        "are you from, where are you, where did you, when were you, when is your, what do you do, "
        "what do you like, what can you do, what can you help, what should i call you, what "
        "should i ask, what can i ask, how can you help, see you later, talk to you later, have a "
        "nice day, have a good day, i love you, i hate you, you re welcome, no problem, sounds "
        "good, never mind, i m bored, i am bored, chat with me, talk to me, are you there, long "
        "time no see, why are you, why do you, why don t you, why won t you, why would you, are "
        "you",
    ),
    terms(
        3.0,
        "why can t you, sorry, song, who was",
    ),
    terms(
        2.5,
        "hi, thanks, cheers, bye, welcome, good morning, yes, joke, yourself, trip, travel, gift, "
        "wedding, my dog, netflix, headache, job interview, advice, tips for, recommend, ideas "
        "for, population of, when was, when did, what year, how tall is, how to make, how to stop",
    ),
    terms(
        2.0,
        "^hello, how do you, hey, greetings, thank you, thx, goodbye, good evening, good night, "
        "please call me, lol, haha, hahaha, lmao, okay, yeah, yep, sure, cool, awesome, great "
        "job, well done, pls, plz, ty, np, hru, wyd, gm, gn, wassup, whats up, what up, "
        "congratulations, happy birthday, merry christmas, favorite, jokes, you are, your name, "
        "your age, your boss, your job, your birthday, your mother, how do i cook, how to cook, "
        "lunch, breakfast, vacation, holiday, weekend, party, girlfriend, boyfriend, husband, "
        "wife, my mom, my dad, my cat, baby, movie, movies, tv show, soccer, basketball, game "
        "tonight, workout, exercise, lose weight, sore throat, sleep better, fall asleep, feeling "
        "sad, feel sad, stressed, tired, productivity, time management, procrastinating, public "
        "speaking, any tips, tips on, suggest a, suggestions for, capital of, president of, "
        "currency of, who invented, who discovered, who painted, who won, who is the, where is, "
        "where can i, what day, which country, what country, tallest, biggest, largest country, "
        "longest river, how far is, how do you say, how to say, translate, meaning of the word, "
        "what does the word, synonym, is it safe, can i eat, should i, what to do, how to get "
        "rid, how to clean, how can i improve, how can i increase, how do i stop, how long should "
        "i, ^where, eat",
    ),
    terms(
        1.5,
        "ok, nope, favourite, your, chatbot, robot, robots, dinner, restaurant, my boss, songs, "
        "diet, calories, lonely, who wrote, what time, how do i get, how do i make, you, funny, "
        "talk, feeling, hate, food, home, garden, wear, tonight",
    ),
    terms(
        1.1,
        "cook, weather, birthday, kids, music, football, i am, i feel, i like, i love, ^can you, "
        "^let s, fun, nice, happy, sad, speak, love, beer, dog, cat, school, shoes, today, "
        "yesterday",
    ),
    terms(
        0.8,
        "recipes, my friend, when is, i m, i was, i don t, am i, me, my, ^who, ^when, friend, "
        "human, coffee, plants, pets, buy, hair",
    ),
    terms(
        0.5,
        "hello, recipe, i want, ^tell me, friends, drink, tea, pizza, house, car, money, tomorrow",
    ),
)

ENGLISH: Final[Mapping[str, tuple[Terms, ...]]] = {
    "code": _CODE,
    "reasoning": _REASONING,
    "conversation": _CONVERSATION,
}
