"""What everyday questions and requests to write something are about, in English and French.

Both are conversation where no category of a user's own takes them.
"""

from __future__ import annotations

from typing import Final

from router_core.decide.vocabulary.terms import Terms, terms

EVERYDAY: Final[tuple[Terms, ...]] = (
    terms(
        4.3,
        "proofread, rap, prompt",
    ),
    terms(
        3.6,
        "what is the capital, what s the capital, capital city, translate this, translation, in "
        "english, in spanish, in italian, into english, into spanish, into german, into french, "
        "correct my english, fix my grammar, summarize, summarise, summary of, tl dr, tldr, "
        "rephrase, reword, paraphrase, make it shorter, make it longer, make it sound, write a "
        "poem, a poem, haiku, sonnet, lyrics, a song, short story, bedtime story, fan fiction, "
        "fanfic, cover letter, an email, email to, a speech, toast for, best man, maid of honor, "
        "eulogy, blog post, an article, tagline, slogan, catchy, tweet, instagram, facebook, "
        "linkedin, tiktok, caption, captions, product description, newsletter, press release, "
        "screenplay, monologue, dialogue between, role play, roleplay, pretend you, you are a, "
        "imagine you are, dungeon, d d, character sheet, backstory, worldbuilding, image prompt, "
        "midjourney, dall e, photorealistic, continue the story, continue, go on, keep going, "
        "another one, one more, try again, name ideas, name for my, nickname, nicknames, title "
        "for, titles for, opening line, plot twist, protagonist, villain, narrator, first person, "
        "quelle est la capitale, capitale, traduction, traduis moi, en espagnol, en allemand, en "
        "italien, corrige les fautes, corrige ce, fautes d orthographe, orthographe, résumer, "
        "résumé de, reformule, reformuler, plus long, écris un poème, un haïku, un rap, une "
        "histoire, nouvelle sur, un conte, conte, fanfiction, lettre de motivation, lettre de, "
        "mail à, un discours, discours pour, article de blog, un article, accroche, post "
        "linkedin, post instagram, description produit, communiqué de presse, scénario, dialogue "
        "entre, jeu de rôle, fais comme si, tu es un, tu es une, imagine que tu, joue le rôle, "
        "personnage, encore un, encore une, recommence, plus drôle, un nom pour, des noms, nom "
        "pour, surnom, un titre, titre pour, annonce, invitation, carte de voeux, faire part",
    ),
    terms(
        3.0,
        "in german, limerick, story about, a letter, slogans, youtube, stable diffusion, names "
        "for, chapter, ^name, ^recommend, what can i, do i have to, need a, how often, explain "
        "how to, word for, meaning of, washing machine, printer, toddler, album, war, scene, plus "
        "court, poèmes, une lettre, témoin, légende, la suite, poulet, fromage, do you, ^are you, "
        "^im",
    ),
    terms(
        2.5,
        "poem, poems, act as, pretend, dnd, who sang, where was, when does, when were, symptoms "
        "of, best time, ^best, ^list, ^give me, ^suggest, what should i, do i need, is it ok, "
        "looking for, how do i get rid, how to get, how long to, how much should, how to tell, "
        "history of, what happened, gift for, present for, itinerary, things to do, to visit, "
        "flights, airport, passport, beach, landlord, deposit, tax, tax return, custody, parking, "
        "driving licence, resignation, cv, resume, interview, coworker, employer, essay, revise, "
        "scholarship, language, grammar, spelling, plural, pronounce, slang, fry, roast, pasta, "
        "cheese, onion, garlic, tomato, vegetarian, vegan, gluten, barbecue, ibuprofen, "
        "paracetamol, vitamin, pregnant, breastfeeding, rash, itchy, back pain, blood pressure, "
        "allergic, insomnia, squats, push ups, running shoes, yoga, carpet, stains, dishwasher, "
        "mould, screw, boiler, curtains, furniture, mattress, lawn, compost, roses, houseplant, "
        "vet, hamster, tyre, mileage, garage, iphone, samsung, wifi, router, whatsapp, tv, "
        "battery, charger, subscription, refund, brand, shop, father, dad, neighbour, neighbor, "
        "marriage, anniversary, funeral, thanksgiving, new year, actor, guitar, season, episode, "
        "battle, olympics, champions league, cricket, rugby, en anglais, poème, une chanson, "
        "paroles, un mail, qui joue, quel est le meilleur, ^liste, ^donne moi, ^cite, ^rédige, "
        "rédige, parle moi, que faire, quoi faire, que puis je, est ce que je, est ce que je "
        "peux, je peux, puis je, j ai le droit, c est grave, comment perdre, comment réussir, "
        "combien ça coûte, histoire de, biographie de, itinéraire, vol, passeport, valise, plage, "
        "caution, impôts, assurance, notaire, amende, permis, permis de conduire, caf, collègues, "
        "patron, employeur, licenciement, dissertation, rédaction, lycée, fac, parcoursup, "
        "grammaire, conjugaison, pluriel, accord, au four, pâtes, soupe, pâte, oeuf, farine, "
        "tomates, apéro, pharmacie, doliprane, ibuprofène, grossesse, fièvre, toux, abdos, "
        "courir, étirements, lessive, machine à laver, lave vaisselle, aspirateur, perceuse, "
        "robinet, toilettes, évier, rideaux, meuble, canapé, matelas, gazon, tailler, semer, "
        "potager, chiot, véto, croquettes, contrôle technique, carte grise, téléphone, batterie, "
        "abonnement, remboursement, garantie, pas chère, marques, mon frère, papa, papi, voisin, "
        "voisine, mon ex, couple, noël, acteur, chanteur, série, livres, écrivain, guerre, tour "
        "de france, asking, very, thirty, haunted, getting, oil, make it, you re, ^you, you said, "
        "comedy, intro, saint, ^en, prof de, livret a",
    ),
    terms(
        2.0,
        "a story, who s, who are, who directed, who played, who founded, who built, who became, "
        "where do, where can, when do, when should, what are the symptoms, symptoms, what are the "
        "best, what are some, best place, best places, best restaurants, best books, top ten, "
        "^write me, tell me about, am i allowed, is it legal, is it normal, is it bad, can you "
        "recommend, help me choose, how to remove, how to fix, how to grow, how to bake, how to "
        "tie, how to lose, how long does it, how much is, how much does it cost, how to write, "
        "how to become, how do i tell, how to ask, biography of, tell me more, outfit, flight, "
        "hotel, visa, train, luggage, tenant, rent, mortgage, taxes, insurance, pension, "
        "contract, lawyer, divorce, fine, driver s license, notice period, resign, colleague, "
        "colleagues, manager, boss, teacher, university, languages, pronunciation, idiom, oven, "
        "bake, boil, freezer, chicken, rice, soup, sauce, bread, butter, egg, potatoes, tomatoes, "
        "leftovers, cookies, cocktail, dentist, pharmacy, antibiotics, vitamins, pregnancy, "
        "fever, cough, allergy, anxiety, therapist, gym, marathon, stretch, protein powder, "
        "stain, laundry, vacuum, mold, paint, wallpaper, drill, leaking, toilet, sink, radiator, "
        "sofa, weeds, prune, seeds, puppy, kitten, litter box, cat food, leash, tires, brakes, "
        "engine light, oil change, used car, bluetooth, laptop, warranty, affordable, budget, "
        "brands, mother, mom, daughter, grandmother, grandfather, aunt, roommate, flatmate, ex, "
        "crush, dating, date night, wedding speech, friendship, bridesmaid, christmas, halloween, "
        "easter, valentine, actress, director, singer, band, concert, king, queen, world cup, "
        "tennis, formula 1, coach, league, im, year old, hot, style, letter, post, article, "
        "office, roman, qui a, qui est le, qui sont, qui a réalisé, qui chante, quand a lieu, "
        "quels sont les symptômes, symptômes, meilleure, meilleures, ^meilleure, ^trouve moi, "
        "^propose, ^propose moi, parle moi de, qu est ce que je, ai je le droit, ai je droit, est "
        "ce légal, est ce normal, c est normal, besoin d un, besoin d une, je cherche, comment se "
        "débarrasser, comment faire pour, comment écrire, comment dire, comment choisir, comment "
        "devenir, comment avoir, comment on fait, comment cuire, combien coûte, combien je, que "
        "visiter, que voir, aéroport, propriétaire, locataire, bail, préavis, impôt, déclaration, "
        "retraite, contrat, cdi, cdd, avocat, préfecture, mairie, rsa, apl, chômage, démission, "
        "démissionner, salaire, augmentation, collègue, rupture conventionnelle, réviser, bac, "
        "brevet, professeur, collège, langue, langues, poêle, frigo, riz, gâteau, pommes de "
        "terre, ail, végétarien, restes, vin, antibiotiques, vitamine, enceinte, allaitement, "
        "boutons, mal au dos, mal au, tension, allergie, sommeil, insomnie, angoisse, psy, salle "
        "de sport, tache, taches, moisissure, peinture, peindre, fuite, chaudière, radiateur, "
        "mauvaises herbes, rosiers, chaton, vétérinaire, litière, pneus, pneu, freins, vidange, "
        "voiture d occasion, imprimante, portable, pas cher, marque, magasin, ma soeur, frère, "
        "maman, mamie, grand mère, tante, cousine, colocataire, rupture, obsèques, enterrement, "
        "pâques, saint valentin, actrice, réalisateur, chanteuse, saison, livre, peintre, roi, "
        "bataille, coupe du monde, jeux olympiques, ligue 1, matin, envie de, belgique, nine, "
        "bored, safe, thursday, lift, about the, for my, someone who, going to, ^how long, ^yes, "
        "^no, ^please, ^more, ^shorter, won the, did you, how old is, how many people live, how "
        "many calories, how many years, die, for kids, in the style of, pirate, wizard, romantic, "
        "horror, punchlines, poster, advert, motto, minutes of, this text, ceiling fan, haka, "
        "boxing, hockey, cycling, hiking, jet lag, blood test, rats, president, election, time "
        "zone, border, boxing day, bank account, bills, ^tu, ^t, ^oui, ^plus, ^quels, ^idée, "
        "^idées, c était, avais, j avais, pendant, vers, environ, mange, salle, délai, repas, "
        "discours, nouvelle, panne, lyon, genève, abidjan, pour moi, pour mon, je me, je te, je "
        "n, pas trop, merci pour, a gagné, en suisse, habitants, rime, rimes, rimer, en vers, "
        "refrain, à la manière de, compte rendu, en une phrase, ce texte, ce message, ce "
        "paragraphe, fautes, foot, prise de sang, contagieux, règles, puces, députés, congés, "
        "crédit, facture, plainte, voisins, acte de naissance, urssaf, allocation, siège auto, "
        "poussette, fond d écran, champagne",
    ),
    terms(
        1.5,
        "novel, where does, best way, top 10, list of, what do i, how do i write, museum, cover, "
        "salary, raise, homework, exam, baking, fridge, cake, sourdough, dough, ingredients, "
        "dessert, wine, doctor, sleep, leak, tap, tire, headphones, cheap, brother, mum, grandma, "
        "cousin, piano, series, books, poet, painter, she s, we re, someone, boy, room, bed, "
        "clothes, dress, summer, friday, weeks, english, spanish, voice, speech, character, "
        "please, ideas, tips, meeting, complaint, things, local, country, island, meilleurs, "
        "^écris moi, faut il, il faut, musée, loyer, mutuelle, garde, entretien, chef, devoirs, "
        "prof, congélateur, beurre, oeufs, oignon, médecin, dentiste, pelouse, lapin, soeur, "
        "mère, grand père, coloc, guitare, auteur, reine, semaines, année, hiver, sa, votre, vos, "
        "t es, dis, parle, idées, idée, ville, suisse, vie, enfants, linge, quelqu un, drôle, "
        "excuses, who, played, seven, eight, twelve, draft, dates, alone, cooking, driving, "
        "looking for a, safe to, i have to, what to, ^yeah, ^okay, ^what about, ^and, ^same, "
        "^longer, ^again, ^perfect, ^great, ^nice, ^i m, ^my, ^ive, to talk, what does it mean "
        "when, is called, called, stand for, full name, net worth, height of, how tall, how big, "
        "how many days until, how many countries, how many players, how many episodes, how many "
        "seasons, died, opening hours, open on, near me, nearest, postcode, zip code, phone "
        "number, website for, app to, children, pub, rhyme, rhymes, rhyming, rhymed, verse, "
        "verses, in the voice of, as a pirate, witch, vampire, ghost, knights, detective, murder, "
        "mystery, romance, love story, fantasy, sci fi, cyberpunk, funny story, one liners, "
        "punchline, pun, puns, joke about, sketch about, roast me, podcast, flyer, leaflet, "
        "brochure, ad for, campaign, bio, greeting card, birthday card, thank you note, wedding "
        "vows, vows, obituary, elevator pitch, hashtag, hashtags, emoji, emojis, logo, bullet "
        "points, key points, main points, in one sentence, in two sentences, extract, pull out, "
        "list the names, from this text, this email, this message, this paragraph, this sentence, "
        "this letter, more formal, less formal, more polite, friendlier, sound natural, typos, "
        "swimming, camping, fishing, side effects, dose, contagious, flu, cold sore, hangover, "
        "diarrhea, constipation, period, contraception, sunburn, mosquito, wasps, ants in, mice, "
        "bed bugs, fleas, slugs, magna carta, constitution, prime minister, pope, quran, islam, "
        "christian, jewish, ramadan, eid, diwali, hanukkah, food in, dish, flag, anthem, borders, "
        "language spoken, etymology, origin of the word, where does the word, allowance, part "
        "time, full time, overtime, sick leave, maternity, paternity, redundancy, fired, quit, "
        "quit my job, career, internship, apprenticeship, university course, gap year, savings, "
        "save money, electricity bill, council, complaint letter, police, neighbours, ^non, "
        "^ouais, ^pareil, ^encore, ^je, ^j ai, ^lettre, ^qui a, ^combien coûte, ^c est quand, "
        "^cest quand, devant, amour, maintenant, viens, midi, marseille, dakar, la maison, je "
        "vous, parce que tu, signifie, ça veut dire, veut dire, définition de, date de naissance, "
        "mort, morte, taille de, superficie, horaires, ouvert le, près de chez moi, code postal, "
        "code promo, code de la route, numéro de téléphone, pour les enfants, comptine, "
        "alexandrins, strophe, strophes, couplet, couplets, façon pirate, sorcier, sorcière, "
        "fantôme, chevalier, princesse, enquête, meurtre, science fiction, fantastique, chute "
        "drôle, jeu de mots, jeux de mots, calembour, tract, affiche pour, prospectus, pub pour, "
        "campagne, devise, carte d anniversaire, voeux, voeux de mariage, points clés, points "
        "importants, en deux phrases, ce mail, cette phrase, cette lettre, plus poli, plus doux, "
        "plus formel, plus soutenu, moins formel, vélo, randonnée, natation, pêche, gueule de "
        "bois, effets secondaires, coup de soleil, moustiques, guêpes, souris maison, punaises de "
        "lit, limaces, premier ministre, élections, pape, coran, aïd, tabaski, plat, plats, "
        "fuseau horaire, drapeau, hymne, origine du mot, étymologie, arrêt maladie, congé, congé "
        "maternité, temps partiel, heures sup, viré, alternance, carte bancaire, compte bancaire, "
        "dettes, factures, bruit, naturalisation, titre de séjour, pension alimentaire, biberon, "
        "couches, clé usb, forfait, box internet, appli pour, mouton, clôture",
    ),
    terms(
        1.1,
        "who is, can i, lease, will, eggs, knee, phone, store, sister, book, author, player, she, "
        "he, ive, i ll, family, life, girl, guy, bathroom, morning, evening, winter, spring, "
        "sunday, week, ago, italian, word, words, sentence, paragraph, text, tone, formal, "
        "polite, friendly, email, title, best, cheapest, going, moved, apology, town, mountain, "
        "london, paris, america, meilleur, ^meilleur, combien de temps, avion, four, pain, genou, "
        "père, fille, fils, joueur, ans, mois, années, soir, nuit, été, printemps, lundi, "
        "vendredi, samedi, dimanche, es, fais moi, écris, texte, mots, phrases, anglais, pays, "
        "france, québec, gens, famille, chambre, cuisine, porte, robe, vieux, plaît, said, play, "
        "asked, tuesday, wednesday, to say, ^good, ^could you, ^i, born, dead, apps, princess, "
        "tragedy, notes, golf, bike, chess club, bible, tradition, dishes, credit card, loan, "
        "debt, ^et, ^ma, était, aller, bruxelles, montréal, pour ma, pour un, à ma, à mon, qui "
        "fait, définition, s appelle, sketch, publicité, match, grippe, rhume, fourmis, "
        "frontière, stage, épargne, prêt, piscine",
    ),
    terms(
        0.8,
        "i ve, i d, im not, they re, years old, kitchen, monday, saturday, months, french, "
        "german, invite, stuff, river, europe, quand, expression, semaine, mercredi, jeudi, t as, "
        "fais, lettre, phrase, espagnol, titre, envie, besoin, vêtements, belle, petit mot, "
        "réclamation, un peu, bien, cordialement, met, tell, ^ok, ^we, app for, dragon, simple "
        "words, native, culture, currency, population, benefits, pour mes, monnaie, formation, "
        "opérateur",
    ),
    terms(
        0.5,
        "son, his, cold, night, month, write about, good, city, mardi, écris moi, mail, mot, "
        "français, enfant, beau, chez, trop, très, zombie, knight, noise, ^combien de temps, né",
    ),
)
