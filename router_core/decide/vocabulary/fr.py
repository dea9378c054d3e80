"""The French vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router_core.decide.vocabulary.terms import Terms, terms

_CODE: Final = (
    terms(
        3.0,
        "expression régulière, expressions régulières, ligne de commande, base de données, code "
        "source, ce code, mon code, le code, du code, un programme qui, requête sql, "
        "développeur, développeuse, programmation, langage de programmation, débogue, déboguer, "
        "débugger, débogage, deboguer, compilateur, refactorise, refactoriser, test unitaire, "
        "tests unitaires, structure de données, liste chaînée, script shell, script bash, bot "
        "discord, site web en html, page html, formule excel, macro excel, classe abstraite, "
        "fonction qui, une fonction, écris une fonction, pile d'appels, fichier csv, fichier "
        "json, pointeur nul, erreur de compilation, erreur de segmentation",
    ),
    terms(
        2.2,
        "fonction, méthode qui, classe qui, algorithme, programmer, coder, codage, compiler, "
        "bogue, implémente, implémenter, implémentation, requête, requêtes, serveur, logiciel, "
        "récursif, récursive, récursivité, tableau trié, boucle, boucles, dépôt git, déployer, "
        "déploiement, page web, site web, application web, application mobile, plante, message "
        "d'erreur, exécuter, exécution, répertoire courant, sous dossier, sous dossiers, "
        "variable d'environnement, paquet, bibliothèque python, héritage, clé étrangère, "
        "jointure, injection de dépendances, pointeur, entier positif en entrée",
    ),
    terms(
        1.2,
        "variable, variables, chaîne de caractères, tableau, fichier, fichiers, dossier, "
        "dossiers, répertoire, classe, méthode, paramètre, erreur, corrige, corriger, "
        "installer, configuration, bouton, colonne, colonnes, ligne, lignes, renommer, "
        "supprimer, interface, réseau, mémoire, processus, données",
    ),
)

_REASONING: Final = (
    terms(
        3.0,
        "démontre, démontrer, démontre que, démonstration, prouve, prouver, prouve que, preuve, "
        "théorème, équation, équations, dérivée, intégrale, polynôme, matrice, matrices, "
        "probabilité, probabilités, écart type, nombre premier, nombres premiers, résous, "
        "résoudre, calcule, calculer, calculez, étape par étape, combien font, quelle est la "
        "probabilité, quel est le rapport, quel pourcentage, pour cent, intérêts composés, "
        "périmètre, circonférence, hypoténuse, rayon, diamètre, avantages et inconvénients, "
        "pour et le contre, différence entre, différences entre, compare, comparer, "
        "comparaison, analyse, analyser, analysez, conséquences, causes de, les causes, "
        "explique pourquoi, explique comment, explique moi, expliquez, pourquoi est ce que, "
        "pourquoi le, pourquoi la, pourquoi les, pourquoi l, pourquoi un, pourquoi une, "
        "pourquoi y, comment fonctionne, comment fonctionnent, comment se fait, comment se "
        "forme, comment expliquer, comment peut on, photosynthèse, relativité, mécanique "
        "quantique, thermodynamique, entropie, gravité, énigme, syllogisme, prémisse, "
        "prémisses, que se passerait il, et si, en quoi",
    ),
    terms(
        2.0,
        "pourquoi, pk, pkoi, pq, explique, expliquer, expliques, explication, raisonnement, "
        "raison, raisons, raisonner, logique, logiquement, mathématiques, maths, algèbre, "
        "géométrie, statistiques, physique, chimie, biologie, philosophie, philosophique, "
        "éthique, morale, économie, économique, inflation, hypothèse, vitesse, accélération, "
        "énergie cinétique, électron, molécule, atome, protéine, évolution, vecteur, triangle, "
        "rectangle, cercle, angle, degrés, suite, fraction, dénominateur, entier, entiers, "
        "divisible, reste de la division, multiplie, divisé, somme de, somme des, produit de, "
        "racine carrée, moyenne, médiane, pourcentage, bénéfice, remise, taux, prix de vente, "
        "coût total, par heure, par jour, par semaine, par mois, par an, par personne, au "
        "total, chacun, chaque, euros, litres, impact, influence, rôle de, évalue, évaluer, "
        "estime, estimer, déduis, déduire, vrai ou faux, réseau de neurones, scientifique, "
        "théorie",
    ),
    terms(
        1.2,
        "combien, comment, parce que, donc, sachant que, supposons, soit, si, alors, détermine, "
        "déterminer, trouve, trouver, décris, décrire, décrivez, concept, processus, principe, "
        "mécanisme, système, société, gouvernement, climat, énergie, nombre de, total, plus "
        "que, moins que, heures, minutes, jours, mètres, km, kg",
    ),
)

_CONVERSATION: Final = (
    terms(
        3.5,
        "^bonjour, ^salut, ^coucou, ^bonsoir, ^bonne nuit, ^merci, ^au revoir, ^allô, comment "
        "vas tu, comment allez vous, comment ça va, comment tu vas, comment va, comment t "
        "appelles tu, comment tu t appelles, comment vous appelez vous, comment te sens tu, "
        "comment s est passée, ça va, ca va, quoi de neuf, qui es tu, qui êtes vous, tu es qui, "
        "quel est ton nom, quel âge as tu, quel est ton, quelle est ta, quels sont tes, quelles "
        "sont tes, parle moi de toi, es tu, es tu humain, es tu un robot, as tu, aimes tu, peux "
        "tu ressentir, que fais tu, qu est ce que tu, d où viens tu, où habites tu, ton "
        "préféré, ta préférée, raconte moi une blague, une blague, fais moi rire, à bientôt, à "
        "demain, à plus tard, bonne journée, bonne soirée, de rien, enchanté, enchantée, je t "
        "aime, je m ennuie, pas de problème, parlons, parlons de, pourquoi tu, pourquoi es tu, "
        "pourquoi as tu, qui t a créé, qui t a, ton créateur, que penses tu, comment on dit, "
        "comment dit on",
    ),
    terms(
        2.0,
        "bonjour, salut, coucou, bonsoir, merci, merci beaucoup, au revoir, bonne nuit, stp, "
        "svp, slt, bjr, bsr, cc, dsl, s il te plaît, s il vous plaît, mdr, ptdr, d accord, ok, "
        "oui, ouais, super, génial, cool, désolé, désolée, félicitations, joyeux anniversaire, "
        "joyeux noël, blague, blagues, préféré, préférée, préférés, recette, recettes, "
        "cuisiner, cuire, dîner, déjeuner, petit déjeuner, restaurant, vacances, voyage, week "
        "end, météo, quel temps, il fait beau, anniversaire, cadeau, fête, mariage, copain, "
        "copine, mari, ma femme, ma mère, mon père, mon ami, mon amie, mon chien, mon chat, mes "
        "enfants, bébé, film, films, chanson, musique, football, sport, régime, maigrir, perdre "
        "du poids, poids, mal de tête, dormir, fatigué, fatiguée, stressé, stressée, triste, "
        "seul, seule, conseil, conseils, des idées, une idée de, recommande, recommandes, "
        "suggère, capitale de, capitale du, population de, président de, qui a écrit, qui a "
        "inventé, qui a découvert, qui a peint, qui a gagné, qui est, qui était, quand est né, "
        "en quelle année, quelle heure, où se trouve, où est, où puis je, quel pays, le plus "
        "grand, la plus grande, le plus haut, le plus long, traduis, traduire, synonyme, que "
        "signifie, que veut dire, est ce dangereux, dois je, comment faire, comment puis je, "
        "comment enlever, comment nettoyer, comment arrêter, comment préparer, gestion du "
        "temps, entretien d embauche",
    ),
    terms(
        0.9,
        "tu, toi, te, ton, ta, tes, vous, je, moi, j ai, j aime, je suis, je veux, mon, ma, "
        "mes, nous, ^est ce que, ^qui, ^où, ^quand, ^quel est, ^quelle est, ^dis moi, ^raconte, "
        "ami, amis, parler, discuter, humain, robot, ordinateur, aimer, aime, manger, boire, "
        "café, bière, pizza, maison, jardin, voiture, chien, chat, école, argent, acheter, "
        "aujourd hui, demain, hier, ce soir",
    ),
)

FRENCH: Final[Mapping[str, tuple[Terms, ...]]] = {
    "code": _CODE,
    "reasoning": _REASONING,
    "conversation": _CONVERSATION,
}
