"""The English vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router_core.decide.vocabulary.terms import Terms, terms

_CODE: Final = (
    terms(
        3.0,
        "python, javascript, typescript, java, c++, c#, golang, kotlin, php, sql, mysql, "
        "postgres, postgresql, sqlite, mongodb, matlab, html, css, react, reactjs, angular, "
        "vue, vuejs, nextjs, node js, nodejs, django, flask, fastapi, spring boot, laravel, "
        "numpy, pandas, pytorch, tensorflow, keras, opencv, regex, regexp, regular expression, "
        "bash, powershell, shell script, bash script, shell command, dockerfile, docker, docker "
        "compose, kubernetes, kubectl, terraform, ansible, nginx, git, github, gitlab, npm, pip "
        "install, webpack, jquery, graphql, grpc, rest api, api endpoint, vba, stack trace, "
        "stacktrace, traceback, segfault, segmentation fault, null pointer, compiler, refactor, "
        "refactoring, debug, debugger, debugging, unit test, pytest, source code, pseudo code, "
        "pseudocode, code snippet, write a program, a c program, this code, the code, my code, "
        "code review, data structure, linked list, binary tree, binary search, hash map, "
        "hashmap, hash table, arduino, assembly language, machine code, boilerplate, codebase, "
        "rust, haskell, scala, lua, perl, ruby, ruby on rails, swift ui, swiftui, flutter, "
        "android studio, xcode, vscode, vs code, cmake, makefile, gcc, llvm, leetcode, pull "
        "request, merge conflict, rebase, cron job, crontab, yaml, json, xml, csv file, "
        "dataframe, excel formula, google sheets formula, latex code, selenium, shader, glsl, "
        "cuda, verilog, vhdl, cobol, fortran, prolog, elixir, clojure, solidity, js, jsx, tsx, "
        "vim, neovim, emacs, discord bot, telegram bot, unity, godot, unreal engine, pygame, "
        "tkinter, pyqt, opengl, vulkan, zig, ggplot, spring security, hibernate, maven, gradle, "
        "junit, tailwind, svelte, eslint, playwright, puppeteer, beautifulsoup, scrapy, "
        "langchain, huggingface, sklearn, scikit learn, matplotlib, plotly, jupyter, "
        "virtualenv, venv, homebrew, apt get, systemd, systemctl, iptables, sql injection, "
        "base64, sha256, md5, wget, rsync, heredoc, wordpress plugin, webhook, list "
        "comprehension, for loop, while loop, google apps script, apps script, excel macro, "
        "advent of code, stackoverflow, stack overflow, smart contract, redis, kafka, rabbitmq, "
        "elasticsearch, aws lambda, serverless",
    ),
    terms(
        2.2,
        "function that, a function, write a function, function to, method that, class that, "
        "script, script that, code, coding, programming, programmer, algorithm, bug, compile, "
        "compiled, runtime error, syntax error, exception, implement, implementation, "
        "recursion, recursive, iterator, boolean, integer array, arrays, sorted array, array, "
        "string, loop, loops, tuple, dict, div, const, cors, dns, tcp, ssl, nullable, async "
        "function, event listener, html page, css file, api key, excel file, wordpress, unit "
        "testing, open source library, web development, app development, api, backend, "
        "frontend, front end, back end, endpoint, database, database schema, query, sql query, "
        "select from, left join, foreign key, repo, repository, commit, deploy, deployment, "
        "localhost, http request, web server, webserver, linux, ubuntu, unix, command line, "
        "terminal, stdin, stdout, symlink, symbolic link, chmod, grep, awk, sed, ssh, curl, tar "
        "archive, hexadecimal, ascii, utf 8, async, await, multithreading, multithreaded, "
        "mutex, websocket, oauth, jwt, unit tests, test cases, chrome extension, web app, "
        "webapp, web page, webpage, web scraper, scraper, mobile app, android app, ios app, "
        "software, kernel, firmware, microcontroller, raspberry pi, neural network code, "
        "tokenizer, parser, parse, regexes, stored procedure, object oriented, inheritance, "
        "polymorphism, constructor, closure, pointer, null, struct, enum, typedef, namespace, "
        "dataset, middleware, plugin, sdk, framework, ide, cli, gui, checkbox, dropdown, "
        "navbar, responsive, css grid, flexbox, media query, dom, time complexity, space "
        "complexity, big o, dynamic programming, lambda function, environment variable, virtual "
        "machine, container, load balancer, reverse proxy, subdirectory, subdirectories, "
        "subfolder, working directory, home directory, current directory, current folder, file "
        "system, filesystem, hostname, process id, permission denied, file extension, zip file, "
        "log file, text file, config file",
    ),
    terms(
        1.2,
        "variable, variables, printing, prints, callback, macro, bot, scrape, scraping, "
        "duplicates, indentation, method, object, instance, parameter, argument, arguments, "
        "input, output, print, return value, server, client, cache, thread, threads, stack, "
        "queue, node, file, files, folder, directory, directories, path, permission, "
        "permissions, hash, encrypt, decrypt, sort, filter, element, index, column, columns, "
        "row, rows, button, screen, app, application, website, user interface, ui, version, "
        "install, update, config, configuration, settings, error, errors, crash, crashes, fix, "
        "fails, failing, log, logs, debian, windows, macos, macbook, pixel, image processing, "
        "training loop, model training, llm, gpu, cpu, memory leak, latency, throughput, "
        "workflow, automation, template, snippet, syntax, library, package, module, dependency, "
        "dependencies, schema, tables, timestamp, byte, bytes, bit, binary, port, socket, "
        "unzip, gzip, recursively, rename, delete all, modified, executable",
    ),
)

_REASONING: Final = (
    terms(
        3.0,
        "prove, prove that, proof, theorem, lemma, corollary, equation, equations, derivative, "
        "integral, polynomial, eigenvalue, eigenvector, matrix, matrices, logarithm, "
        "trigonometry, sine, cosine, quadratic, factorial, prime number, prime factors, real "
        "numbers, positive integer, positive integers, modulo, probability, standard deviation, "
        "variance, hypothesis test, confidence interval, solve for, solve, calculate, compute "
        "the, step by step, find the value, what is the probability, how long does it take, how "
        "far, at what speed, what is the ratio, ratio of, percent of, what percentage, simple "
        "interest, compound interest, perimeter, circumference, hypotenuse, radius, diameter, "
        "square feet, km per hour, miles per hour, options, which of the following, true or "
        "false, logically, deduce, truth, tells the truth, syllogism, premise, premises, "
        "puzzle, riddle, quantum mechanics, relativity, thermodynamics, entropy, gravity, "
        "photosynthesis, causation, counterfactual, what if, what would happen",
    ),
    terms(
        2.4,
        "trade offs, tradeoffs, pros and cons, advantages and disadvantages, compare and "
        "contrast, differences between, difference between, analyze, analyse, critically, "
        "evaluate, implications, cause of, causes of, what caused, what causes, argue, argue "
        "both sides, explain your, explain why, explain how, why do, why does, why is, why are, "
        "why did, why might, why would, how does, how do we, how did, how can governments, how "
        "could, how would",
    ),
    terms(
        2.0,
        "why, explain, reason, reasoning, reasons, compare, comparison, versus, derive, "
        "derivation, estimate, infer, conclude, conclusion, argument for, logic, logical, math, "
        "maths, mathematics, algebra, geometry, calculus, statistics, arithmetic, physics, "
        "chemistry, biology, philosophy, philosophical, ethics, ethical, moral, morally, "
        "economics, economic, econometrics, inflation, hypothesis, velocity, acceleration, "
        "momentum, kinetic, voltage, electron, molecule, molecular, atoms, protein, enzyme, "
        "evolution, genetic, vector, vectors, triangle, rectangle, circle, angle, angles, "
        "degrees, axis, slope, parabola, sequence, series, fraction, numerator, denominator, "
        "decimal, integer, integers, divisible, remainder, multiply, divided, sum of, product "
        "of, square root, cubic, average, mean, median, ratio, percent, percentage, profit, "
        "discount, interest rate, cost price, selling price, total cost, per hour, per day, per "
        "week, per month, per minute, per year, per person, twice as many, twice as much, half "
        "as many, times as many, in total, altogether, remaining, left over, each, cents, "
        "dollars, rs, kg, km, cm, liters, gallons, factor, factors, impact, influence, affect, "
        "effects, consequences, significance, role of, relationship between, typical person, "
        "statement, statements, scenario, investment, portfolio, supply and demand, policy, "
        "policies, strategy, neural network, machine learning, step, scientific, theory, "
        "sufficient, necessary, contradiction, valid, invalid, assumption, assumptions",
    ),
    terms(
        1.2,
        "how many, how much, how old, how many times, how much money, how much does, how, "
        "because, therefore, thus, given that, given, suppose, assume, let, define, if, then, "
        "determine, find, show that, answer, question, following, discuss, describe, interpret, "
        "consider, concept, process, principle, mechanism, structure, system, history, society, "
        "government, climate, energy, number of, numbers, total, more than, less than, fewer, "
        "at least, at most, greater, smaller, faster, sold, bought, buys, sells, earns, spent, "
        "spends, minutes, hours, days, weeks, pounds, feet, meters, miles",
    ),
)

_CONVERSATION: Final = (
    terms(
        3.5,
        "^hi, ^hello, ^hey, ^good morning, ^good evening, ^good afternoon, ^good night, "
        "^thanks, ^thank you, ^bye, ^goodbye, ^yo, ^sup, how are you, how are you doing, how is "
        "it going, how s it going, how have you been, how do you feel, how old are you, how was "
        "your day, what s up, nice to meet you, who are you, what are you, what is your name, "
        "what s your name, tell me about yourself, are you human, are you a human, are you a "
        "robot, are you real, are you an ai, are you a bot, who made you, who created you, who "
        "built you, who programmed you, your favorite, your favourite, your hobbies, your "
        "hobby, do you like, do you love, do you have, do you know, do you feel, do you think, "
        "do you believe, do you want, do you get, do you ever, do you eat, do you drink, can "
        "you feel, can you eat, how do you, would you like, tell me a joke, another joke, make "
        "me laugh, something funny, where do you live, where are you from, where are you, where "
        "did you, when were you, when is your, what do you do, what do you like, what can you "
        "do, what can you help, what should i call you, what should i ask, what can i ask, how "
        "can you help, see you later, talk to you later, have a nice day, have a good day, i "
        "love you, i hate you, you re welcome, no problem, sounds good, never mind, i m bored, "
        "i am bored, chat with me, talk to me, are you there, long time no see, why are you, "
        "why do you, why don t you, why can t you, why won t you, why would you",
    ),
    terms(
        2.0,
        "hi, hello, hey, greetings, thanks, thank you, thx, cheers, bye, goodbye, welcome, good "
        "morning, good evening, good night, please call me, lol, haha, hahaha, lmao, ok, okay, "
        "yes, yeah, yep, nope, sure, cool, awesome, great job, well done, pls, plz, ty, np, "
        "hru, wyd, gm, gn, wassup, whats up, what up, sorry, congratulations, happy birthday, "
        "merry christmas, favorite, favourite, joke, jokes, are you, you are, your name, your "
        "age, your boss, your job, your birthday, your mother, yourself, your, chatbot, robot, "
        "robots, how do i cook, how to cook, recipe, recipes, cook, dinner, lunch, breakfast, "
        "restaurant, vacation, holiday, trip, travel, weekend, weather, birthday, gift, party, "
        "wedding, girlfriend, boyfriend, husband, wife, my mom, my dad, my friend, my boss, my "
        "dog, my cat, kids, baby, movie, movies, song, songs, music, netflix, tv show, "
        "football, soccer, basketball, game tonight, workout, exercise, diet, lose weight, "
        "headache, sore throat, calories, sleep better, fall asleep, feeling sad, feel sad, "
        "lonely, stressed, tired, productivity, time management, procrastinating, public "
        "speaking, job interview, advice, any tips, tips for, tips on, recommend, suggest a, "
        "suggestions for, ideas for, capital of, population of, president of, currency of, who "
        "wrote, who invented, who discovered, who painted, who won, who is the, who was, when "
        "was, when did, when is, where is, where can i, what year, what day, what time, which "
        "country, what country, tallest, biggest, largest country, longest river, how tall is, "
        "how far is, how do you say, how to say, translate, meaning of the word, what does the "
        "word, synonym, is it safe, can i eat, should i, what to do, how do i get, how do i "
        "make, how to make, how to get rid, how to clean, how can i improve, how can i "
        "increase, how do i stop, how to stop, how long should i",
    ),
    terms(
        0.9,
        "you, u, i m, i am, i feel, i like, i love, i want, i was, i think, i don t, am i, me, "
        "my, we, ^is it, ^are, ^do, ^can you, ^what is, ^who, ^where, ^when, ^tell me, ^let s, "
        "fun, funny, nice, happy, sad, friend, friends, talk, chat, speak, human, computer, "
        "feel, feeling, love, hate, eat, drink, coffee, tea, beer, food, pizza, home, house, "
        "garden, plants, car, dog, cat, pets, school, money, buy, wear, shoes, hair, today, "
        "tomorrow, tonight, yesterday",
    ),
)

ENGLISH: Final[Mapping[str, tuple[Terms, ...]]] = {
    "code": _CODE,
    "reasoning": _REASONING,
    "conversation": _CONVERSATION,
}
