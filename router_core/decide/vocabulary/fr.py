"""The French vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router_core.decide.vocabulary.terms import Terms, terms

_CODE: Final = (
    terms(
        3.6,
        "expression régulière, ce code, requête sql, test unitaire, bot discord, page html",
    ),
    terms(
        3.0,
        "expressions régulières, ligne de commande, base de données, code source, du code, "
        "programmation, langage de programmation, débogue, déboguer, débogage, compilateur, "
        "refactorise, refactoriser, tests unitaires, structure de données, liste chaînée, script "
        "shell, script bash, site web en html, formule excel, macro excel, classe abstraite, "
        "fonction qui, écris une fonction, pile d'appels, fichier csv, fichier json, pointeur "
        "nul, erreur de compilation, erreur de segmentation, fonction, fichiers",
    ),
    terms(
        2.5,
        "développeuse, algorithme, implémente, requêtes, récursif, récursivité, boucles, "
        "déploiement, site web, exécution, clé étrangère, ligne",
    ),
    terms(
        2.0,
        "développeur, méthode qui, classe qui, coder, codage, bogue, implémenter, requête, "
        "logiciel, tableau trié, boucle, dépôt git, déployer, page web, application web, "
        "application mobile, plante, message d'erreur, exécuter, répertoire courant, sous "
        "dossier, sous dossiers, variable d'environnement, paquet, bibliothèque python, jointure, "
        "injection de dépendances, pointeur, entier positif en entrée, fichier, colonne, "
        "colonnes, processus",
    ),
    terms(
        1.5,
        "serveur, héritage, tableau, répertoire, classe, erreur, bouton, renommer, données",
    ),
    terms(
        1.1,
        "chaîne de caractères, dossier, dossiers, méthode, paramètre, corriger, supprimer, "
        "interface, réseau",
    ),
    terms(
        0.8,
        "corrige, installer, lignes",
    ),
)

_REASONING: Final = (
    terms(
        3.6,
        "probabilités, les causes, pourquoi le, et si",
    ),
    terms(
        3.0,
        "démontre, démontrer, démontre que, démonstration, prouve, prouve que, preuve, dérivée, "
        "intégrale, polynôme, matrice, probabilité, écart type, nombre premier, résous, calculez, "
        "étape par étape, combien font, quelle est la probabilité, quel est le rapport, quel "
        "pourcentage, pour cent, intérêts composés, périmètre, circonférence, rayon, diamètre, "
        "avantages et inconvénients, pour et le contre, différences entre, comparer, comparaison, "
        "analysez, causes de, explique pourquoi, pourquoi est ce que, pourquoi la, pourquoi les, "
        "pourquoi l, pourquoi un, pourquoi une, pourquoi y, comment fonctionnent, comment se "
        "fait, comment se forme, comment peut on, photosynthèse, relativité, mécanique quantique, "
        "thermodynamique, entropie, gravité, énigme, syllogisme, prémisse, prémisses, que se "
        "passerait il, en quoi, logique, degrés",
    ),
    terms(
        2.5,
        "prouver, nombres premiers, résoudre, calcule, calculer, analyser, explique comment, "
        "comment fonctionne, comment expliquer, pk, raisonnement, raisons, raisonner, "
        "mathématiques, hypothèse, énergie cinétique, somme des, produit de, par an, chacun, vrai "
        "ou faux, théorie",
    ),
    terms(
        2.0,
        "théorème, différence entre, expliquez, pkoi, pq, expliques, raison, logiquement, "
        "algèbre, géométrie, statistiques, chimie, biologie, philosophie, philosophique, éthique, "
        "morale, économie, économique, atome, protéine, vecteur, cercle, dénominateur, entier, "
        "entiers, reste de la division, multiplie, divisé, somme de, racine carrée, médiane, "
        "pourcentage, prix de vente, coût total, par heure, par semaine, par personne, litres, "
        "rôle de, évalue, estime, estimer, déduis, déduire, réseau de neurones, scientifique, "
        "principe",
    ),
    terms(
        1.5,
        "explication, physique, vitesse, suite, moyenne, bénéfice, remise, par mois, au total, "
        "chaque, évaluer, soit, si, mécanisme, système, société, énergie, nombre de, moins que",
    ),
    terms(
        1.1,
        "explique moi, pourquoi, expliquer, taux, euros, donc, sachant que, supposons, alors, "
        "déterminer, décrire, décrivez, gouvernement, climat, plus que, heures",
    ),
    terms(
        0.8,
        "par jour, parce que, trouve, trouver, processus, mètres",
    ),
    terms(
        0.5,
        "explique, décris, jours",
    ),
)

_CONVERSATION: Final = (
    terms(
        3.6,
        "^salut, ^coucou, ^bonsoir, ^bonne nuit, ^merci, ^au revoir, ^allô, comment vas tu, "
        "comment allez vous, comment ça va, comment tu vas, comment va, comment t appelles tu, "
        "comment tu t appelles, comment vous appelez vous, comment te sens tu, comment s est "
        "passée, ça va, quoi de neuf, qui es tu, qui êtes vous, tu es qui, quel est ton nom, quel "
        "âge as tu, quel est ton, quelle est ta, quels sont tes, quelles sont tes, parle moi de "
        "toi, es tu, es tu humain, es tu un robot, as tu, aimes tu, peux tu ressentir, que fais "
        "tu, qu est ce que tu, d où viens tu, où habites tu, ton préféré, ta préférée, une "
        "blague, fais moi rire, à bientôt, à demain, à plus tard, bonne soirée, de rien, "
        "enchanté, enchantée, je t aime, je m ennuie, pas de problème, parlons, parlons de, "
        "pourquoi tu, pourquoi es tu, pourquoi as tu, qui t a créé, qui t a, ton créateur, que "
        "penses tu, comment on dit, comment dit on",
    ),
    terms(
        3.0,
        "^bonjour, raconte moi une blague, bonne journée, fête, films",
    ),
    terms(
        2.5,
        "salut, coucou, bonsoir, mdr, oui, super, cuisiner, déjeuner, week end, copine, dormir, "
        "conseils, qui a gagné, qui était, où se trouve, quel pays, traduis, comment enlever, ton",
    ),
    terms(
        2.0,
        "merci, merci beaucoup, au revoir, bonne nuit, slt, bjr, bsr, dsl, s il te plaît, s il "
        "vous plaît, ptdr, d accord, ouais, génial, désolé, désolée, félicitations, joyeux "
        "anniversaire, joyeux noël, blagues, préféré, préférée, préférés, recettes, cuire, dîner, "
        "petit déjeuner, quel temps, il fait beau, anniversaire, cadeau, copain, mari, ma mère, "
        "mon ami, mon amie, mon chien, mon chat, mes enfants, bébé, film, régime, maigrir, perdre "
        "du poids, poids, mal de tête, fatigué, fatiguée, stressé, stressée, conseil, des idées, "
        "une idée de, recommande, recommandes, suggère, capitale de, capitale du, population de, "
        "président de, qui a écrit, qui a inventé, qui a découvert, qui a peint, quand est né, en "
        "quelle année, quelle heure, où puis je, la plus grande, le plus haut, le plus long, "
        "synonyme, comment puis je, comment nettoyer, comment arrêter, comment préparer, gestion "
        "du temps, entretien d embauche, chien, acheter",
    ),
    terms(
        1.5,
        "bonjour, stp, svp, cc, blague, recette, voyage, météo, mariage, ma femme, mon père, "
        "chanson, musique, triste, qui est, où est, le plus grand, traduire, que veut dire, est "
        "ce dangereux, dois je, tu, ta, tes, vous, ^qui, ^quelle est, café, ce soir",
    ),
    terms(
        1.1,
        "vacances, sport, que signifie, comment faire, toi, te, j ai, j aime, ^dis moi, ^raconte, "
        "ami, amis, parler, discuter, humain, boire, jardin, demain",
    ),
    terms(
        0.8,
        "seul, je, je suis, je veux, ma, mes, ^quel est, ordinateur, aimer, bière, maison, "
        "aujourd hui",
    ),
    terms(
        0.5,
        "seule, moi, aime, manger, voiture, école, argent, hier",
    ),
)

FRENCH: Final[Mapping[str, tuple[Terms, ...]]] = {
    "code": _CODE,
    "reasoning": _REASONING,
    "conversation": _CONVERSATION,
}
