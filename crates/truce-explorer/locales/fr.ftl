# Les mots de l’explorateur. Les cinq fichiers ont les mêmes clés et les mêmes variables ; un test y veille.
# Registre : celui de l’OSCE et des Nations Unies. L’explorateur ne dit jamais qui a raison.

## Cadre
brand-of = Explorateur de journal
skip = Aller au contenu
nav-rooms = Rubriques
nav-languages = Langue
nav-overview = Vue d’ensemble
nav-timeline = Chronologie
nav-map = Carte
nav-calendar = Calendrier
nav-records = Inscriptions
nav-parties = Parties et clés
nav-checkpoints = Points de contrôle
nav-verify = Vérifier
nav-data = Données
nav-about = Comment vérifier
foot-said = L’explorateur montre qui a déclaré quoi, et quand. Il ne dit pas qu’une déclaration est vraie, ni qui aurait violé un accord.
foot-times = Les heures sont données en UTC, sous la forme « année-mois-jour heure:minute ». Votre heure locale est indiquée à côté lorsque votre navigateur le permet.
foot-readonly = En lecture seule. Ni témoins de connexion, ni comptes, ni requêtes vers d’autres sites.

## Ligne d’état
status-label = État de la vérification
status-green = Vérifié
status-amber = Attention
status-red = Vérification en échec
status-verified = Cet explorateur a contrôlé les { $size } inscriptions du journal jusqu’à son dernier point de contrôle, toutes signatures comprises, et les a trouvées en ordre ({ $when }).
status-catching-up = Le journal compte plus d’inscriptions qu’il n’en est montré : { $size } sont vérifiées, { $published } sont publiées. Le reste est en cours de contrôle.
status-unreachable = Le journal ne peut pas être lu pour le moment. Ce qui est montré a été vérifié auparavant : { $size } inscriptions ({ $when }).
status-witnesses = Moins de témoins que l’accord n’en demande ont contresigné le point de contrôle : { $have } sur { $asked }. Les { $size } inscriptions elles-mêmes sont vérifiées ({ $when }).
status-broken = Quelque chose dans le journal ne tient pas. Est montré ce qui avait été vérifié auparavant : { $size } inscriptions ({ $when }).
status-starting = Le journal est lu et contrôlé pour la première fois : { $done } inscriptions sur { $total }.
status-waiting = Le journal est lu pour la première fois.
status-no-checkpoint = Le journal n’a pas encore de point de contrôle : personne n’a signé pour ses inscriptions, et aucune n’est montrée.
status-stale = La source présente un état du journal plus ancien que celui vérifié ici. Est montré le plus récent : { $size } inscriptions ({ $when }).
status-copy-failed = L’explorateur ne peut pas écrire sa copie du journal. Ce qui est montré a été vérifié auparavant : { $size } inscriptions ({ $when }).
status-at = à l’inscription { $position }
status-found-when = constaté le { $when }

## Verdict du navigateur
verdict-unchecked-title = Pas encore contrôlé par votre navigateur
verdict-unchecked = Votre navigateur contrôle lui-même cette page, à partir des octets signés, lorsque JavaScript est activé. Tant qu’il ne le dit pas ici, vous vous fiez à ce serveur.

## Mots employés partout
word-any = Indifférent
word-none = Aucun
word-not-stated = Non précisé
word-position = Position
word-received = Reçu
word-party = Partie
word-role = Rôle
word-kind = Type
word-zone = Zone ou région
word-what = Ce qu’il dit
word-when = Quand
word-from = Du
word-to = Au
word-state = État
word-key = Clé
word-keys = Clés
word-records = Inscriptions
word-record-n = Inscription { $position }
word-region = Région
word-size = Taille
word-root = Racine
word-origin = Origine
word-agreement = Accord
word-older = Plus anciens
word-newest = Les plus récents
word-more = Tout afficher
word-about-n = environ { $n }
word-days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
}
records-count = { $n ->
    [one] { $n } inscription
   *[other] { $n } inscriptions
}
records-at-least = Au moins { $n } inscriptions
drill = Exercice
drill-note = Exercice du système lui-même. Il ne compte nulle part.

## Rôles et types
role-state = État
role-mission = Mission
role-guarantor = Garant
role-civil = Société civile
kind-charter = Charte
kind-accession = Adhésion
kind-key-grant = Octroi de clé
kind-key-revocation = Révocation de clé
kind-amendment = Amendement
kind-endorsement = Approbation d’un amendement
kind-report = Rapport
kind-observation = Observation
kind-restriction = Restriction de circulation
kind-weapons = Armements
kind-harm = Dommages aux personnes et aux biens
kind-signal = Alerte précoce
kind-notification = Notification
kind-calendar = Calendrier annuel
kind-commitment = Engagement
kind-delivery = Exécution
kind-inquiry = Demande d’éclaircissements
kind-reply = Réponse
kind-response = Droit de réponse
kind-document = Document
kind-finding = Constatation

## États d’une inscription
flag-corrected = Corrigée
flag-retracted = Retirée
flag-replied = Suivie d’une réponse
flag-answered = Réponse donnée
flag-disputed = Contestée
flag-supported = Appuyée
flag-examined = Objet d’une constatation
flag-suspect = Clé suspecte
flag-drill = Exercice
flag-late = Consignée tardivement
flag-correction = Correction
flag-retraction = Retrait

## Relations
relation-corrects = corrige
relation-retracts = retire
relation-answers = répond à
relation-fulfils = exécute
relation-disputes = conteste
relation-supports = appuie
relation-about = concerne
relation-corrects-by = corrigée par
relation-retracts-by = retirée par
relation-answers-by = a reçu pour réponse
relation-fulfils-by = exécutée par
relation-disputes-by = contestée par
relation-supports-by = appuyée par
relation-about-by = mentionnée par

## Vue d’ensemble
overview-title = Vue d’ensemble
overview-lead = Un accord, ce que ses parties ont déclaré à ce titre, et jusqu’où cela a été vérifié.
overview-drill = Cet accord est un exercice. Rien de ce qu’il contient n’engage qui que ce soit.
overview-force-yes = En vigueur : toutes les parties fondatrices ont adhéré.
overview-force-no = Pas en vigueur pour toutes : { $acceded } parties fondatrices sur { $parties } ont adhéré.
overview-review = À réexaminer avant le { $when }
overview-until = Expire le { $when }, sauf reconduction
overview-no-until = Aucune date d’expiration n’est indiquée.
overview-no-review = Aucune date de réexamen n’est indiquée.
overview-figure-records = Inscriptions vérifiées
overview-figure-checkpoint = Dernier point de contrôle
overview-figure-witnesses = Témoins
overview-figure-week = Reçues cette semaine
overview-figure-week-more = { $n } la semaine précédente
overview-figure-disputes = Contestations sans réponse dans le journal
witnesses-none = aucun demandé
witnesses-of = { $have } sur { $asked }
overview-week = Inscriptions par semaine
overview-week-note = Les semaines vont du lundi au dimanche, UTC.
overview-week-caption = Inscriptions reçues chaque semaine, par type
overview-week-of = Semaine du
overview-week-total = Total
overview-disputes = Contestations en cours
overview-disputes-none = Aucune déclaration n’est contestée à présent.
overview-inquiries = Demandes sans réponse
overview-inquiries-none = Toutes les demandes ont reçu une réponse.
overview-newest = Inscriptions les plus récentes
overview-parties = Parties à l’accord
overview-acceded = A adhéré
overview-not-acceded = N’a pas adhéré
overview-last = Dernière déclaration
overview-checkpoint = Dernier point de contrôle
overview-checkpoint-note = Comparez ces valeurs à celles dont dispose une autre personne : si l’accord, la taille et la racine sont les mêmes, vous consultez le même journal.

## Enregistrements
records-title = Inscriptions
records-lead = Toutes les déclarations du journal, les plus récentes d’abord. Chacune est prouvée sur sa propre page.
records-filter = Choisir les inscriptions
records-text = Mots du texte
records-period = Événement entre
records-status = État de l’inscription
records-zones = Zone
records-apply = Appliquer
records-clear = Effacer
records-none = Aucune inscription ne répond à ces conditions.
records-bad-query = Les conditions ne peuvent être comprises : { $what }
records-formats = La même sélection sous forme de données
records-caption = Inscriptions répondant aux conditions, les plus récents d’abord
records-local = aucune indication de temps

## Enregistrement
record-title = Inscription { $position }
record-lead = Ce qui a été signé, mot pour mot ; au-dessous, ce que le journal a ajouté ; à côté, comment l’un et l’autre sont prouvés.
record-save = Enregistrer comme preuve
record-previous = Inscription précédente
record-next = Inscription suivante
record-feed-previous = Déclaration précédente de la même clé
record-gloss = Selon les mots de l’explorateur
record-gloss-note = Non signé. Cette partie est rédigée par l’explorateur à partir d’autres inscriptions, et change à mesure qu’il s’en ajoute.
record-state = Où elle en est
record-stands = Elle est maintenue : le journal ne contient ni correction ni retrait.
record-is-corrected = Elle a été corrigée. Une déclaration ultérieure prend sa place.
record-is-retracted = Elle a été retirée par son auteur.
record-is-suspect = Reçue à un moment pour lequel sa clé a été déclarée suspecte.
record-is-disputed = Une autre déclaration du journal la conteste.
record-trail = Suites
record-trail-note = Déclarations auxquelles celle-ci renvoie, et celles qui y renvoient.
record-trail-none = Elle ne renvoie à aucune autre déclaration, et aucune n’y renvoie.
record-not-in-log = absente de ce journal
record-discrepancies = Discordances dans la déclaration elle-même
record-discrepancies-note = Les sources se trompent, et une mission consigne ce qui a été imprimé. Rien n’a été modifié.
record-discrepancy = { $path } : imprimé { $printed }, calculé { $derived }
record-mixed = Mots mêlant plusieurs écritures
record-mixed-note = Les lettres d’une écriture peuvent ressembler à celles d’une autre.
record-mixed-word = mêle { $scripts }
record-unseen = Le texte contient des caractères invisibles. Chacun est remplacé par une marque portant son numéro Unicode.
record-data = La même inscription sous forme de données
record-bytes = Inscription telle que consignée, { $n } octets
record-proof = Preuve
record-proof-note = Ce que ce serveur a constaté. Votre navigateur remplace cette liste par ce qu’il a constaté lui-même.
script-latin = latin
script-cyrillic = cyrillique
script-greek = grec
script-armenian = arménien
script-cherokee = cherokee

## Étapes d’une preuve
step-page = La page montre ce qui a été signé
step-page-more = Seul votre navigateur peut le contrôler : il recompose l’inscription à partir des octets et la compare à chaque ligne de la page.
step-entry = L’inscription est bien formée
step-entry-more = { $n } octets : empreinte de l’inscription précédente, heure de réception, déclaration.
step-statement = La déclaration est bien formée
step-statement-more = Forme canonique, en-tête et corps de son type.
step-id = L’identifiant est l’empreinte de la déclaration
step-signature = La signature est valable
step-signature-more = Ed25519, vérifiée strictement sur les octets de la déclaration.
step-key = La partie avait octroyé cette clé
step-key-granted = Octroyée à la position { $position }
step-key-root = C’est la clé racine de la partie, nommée dans la charte.
step-key-until = Valable jusqu’au { $when }
step-key-revoked = Révoquée à la position { $position }
step-feed = La déclaration suit la précédente de la même clé
step-feed-more = Numéro { $seq } de cette clé ; la précédente se trouve à la position { $position }.
step-feed-first = Première déclaration de cette clé.
step-chain = L’inscription suit l’inscription précédente
step-chain-more = Elle porte l’empreinte de l’inscription à la position { $position }.
step-chain-first = Première inscription du journal.
step-inclusion = L’inscription est dans l’arbre
step-inclusion-more = { $n } empreintes mènent de l’inscription { $position } à la racine de l’arbre de { $size } inscriptions.
step-checkpoint = Le journal a signé la racine
step-cosignatures = Des témoins ont contresigné
step-cosignatures-none = L’accord ne demande pas de témoins.
step-memory = Le journal n’a pas changé depuis votre dernière visite
step-memory-more = Seul votre navigateur peut le contrôler : il se souvient du dernier point de contrôle vu ici.

## Parties et clés
parties-title = Parties et clés
parties-lead = Qui pouvait signer quoi, et quand. La clé racine engage une partie et octroie ses autres clés.
parties-caption = Parties nommées dans la charte
log-keys = Clés du journal
log-keys-caption = Quelle clé signe les points de contrôle de quelle taille
log-key-sizes = Signe les points de contrôle de
log-key-from = { $from } inscriptions et plus
log-key-between = { $from } à { $until } inscriptions
log-key-by = Introduite par
log-key-signs = signe
log-key-ended = terminée
log-witnesses = Témoins en vigueur
log-witnesses-none = Les parties ne sont convenues d’aucun témoin.
log-proposed = Proposé, non en vigueur
log-proposed-by = { $assents } parties sur { $needed } ont donné leur accord : { $who }
party-keys = Clés
party-keys-caption = Clés de cette partie, dans l’ordre de leur octroi
party-root = Clé racine
party-root-note = Signe l’adhésion, les octrois et les révocations de clés, et rien d’autre.
party-kinds = Déclarations par type
party-newest = Déclarations les plus récentes
party-none = Aucune déclaration à ce jour.
key-title = Clé { $short }
key-label = Détenue par
key-public = Clé publique
key-id = Identifiant
key-may-sign = Peut signer
key-may-all = tous les types ouverts à sa partie
key-granted = Octroyée
key-until = Valable jusqu’au
key-no-until = sans fin indiquée
key-revoked = Révoquée
key-not-revoked = non révoquée
key-suspect = Suspecte depuis le { $when }
key-suspect-note = Les déclarations reçues à partir de ce moment sont signalées comme suspectes. Elles restent valables.
key-statements = Déclarations
key-feed = Ses déclarations, les plus récentes d’abord
key-state-good = En usage
key-state-revoked = Révoquée
reason-superseded = une autre clé l’a remplacée
reason-ceased = son détenteur n’exerce plus la fonction
reason-lost = plus personne ne la détient
reason-compromised = un tiers pourrait la détenir

## Points de contrôle
checkpoints-title = Points de contrôle et témoins
checkpoints-lead = Un point de contrôle est la signature du journal sous tout ce qu’il contient. Quiconque en a conservé un plus ancien peut montrer si le journal a été réécrit.
checkpoints-caption = Points de contrôle que cet explorateur a vus et vérifiés, les plus récents d’abord
checkpoints-seen = Vu
checkpoints-new = Nouvelles inscriptions
checkpoints-witnesses = Contresigné par
checkpoints-gap = { $hours ->
    [one] { $hours } heure après le précédent
   *[other] { $hours } heures après le précédent
}
checkpoints-disagreements = Désaccords et échecs
checkpoints-disagreements-none = Aucun : chaque point de contrôle vu concorde avec les précédents.
checkpoints-note = Le plus récent, tel que signé
checkpoints-policy = Témoins demandés par l’accord
checkpoints-policy-none = La charte ne nomme pas de témoins. L’heure et l’unicité du journal reposent sur ceux qui conservent des points de contrôle.
checkpoints-ledger = L’historique commence au moment où cet explorateur a lu le journal pour la première fois.

## Chronologie
timeline-title = Chronologie
timeline-lead = Ce qui a été signalé, région par région, avec les jours pour lesquels quelqu’un a effectivement rendu compte.
timeline-filter = Choisir une période
timeline-bucket = Pas
bucket-day = Jour
bucket-week = Semaine
bucket-month = Mois
timeline-class = Catégorie de source
timeline-live-fire = Tirs réels d’entraînement
timeline-live-with = comptés
timeline-live-without = exclus, lorsque la source en indique le nombre
timeline-violations = Violations du cessez-le-feu
timeline-of-which-explosions = dont explosions
timeline-live-fire-of = dont tirs réels d’entraînement
timeline-coverage = Couverture
timeline-coverage-of = { $days } jours sur { $total }
timeline-observations = Observations
timeline-restrictions = Restrictions
timeline-notifications = Notifications
timeline-reports = Rapports
timeline-nobody = personne n’a rendu compte
timeline-not-known = non connu
timeline-zero-note = « 0 » signifie que quelqu’un observait et n’a rien compté. « Personne n’a rendu compte » signifie qu’aucun rapport ne couvre ces jours. « Non connu » signifie qu’un rapport dit que cela n’a pu être établi.
timeline-none = Rien n’a été signalé pendant cette période.
timeline-chart = { $region }, { $role } : violations du cessez-le-feu
timeline-chart-note = Barres : violations à chaque pas ; hachures : personne n’a rendu compte. Le trait vert sous une barre indique la part des jours couverts. Les chiffres figurent dans le tableau.
timeline-caption = { $region }, d’après : { $role }

## Carte
map-title = Carte
map-lead = Les zones de l’accord, et les événements dont les sources donnent les coordonnées, avec la précision qu’elles indiquent.
map-figure = Carte des zones et des événements
map-note = Un cercle a la taille de la précision indiquée : l’événement se situe quelque part à l’intérieur. Cercle en tirets : la source n’indique pas la précision. Frontières et côtes : Natural Earth. Leur tracé n’implique l’acceptation ni la reconnaissance d’aucune frontière par quiconque.
map-none = Aucune inscription de cette période ne donne de coordonnées. Les missions publient souvent une distance et une direction par rapport à un lieu.
map-zones = Zones
map-zones-caption = Zones de l’accord
map-zone-outline = Contour
map-zone-no-outline = aucun contour convenu
map-zone-corners = { $n } sommets
map-events = Événements sur la carte
map-events-caption = Les événements représentés ci-dessus, les plus récents d’abord
map-more = La période en compte davantage ; les plus récents sont représentés. Choisissez une période plus courte pour voir les autres.
map-latitude = Latitude
map-longitude = Longitude
map-precision = Précision
map-metres = à { $n } m près
map-legend-zone = Zone
map-legend-event = Événement, avec sa précision
map-legend-vague = Événement, précision non indiquée
map-legend-boundary = Frontière entre États

## Calendrier
calendar-title = Calendrier
calendar-lead = Les activités militaires telles que notifiées, et le préavis donné.
calendar-caption = Activités notifiées, par date de début
calendar-designation = Activité
calendar-start = Début
calendar-end = Fin
calendar-given = Notification donnée
calendar-given-record = inscrite au journal
calendar-given-other = par une autre voie
calendar-lead-time = Préavis
calendar-lead-after = { $n ->
    [one] { $n } jour après le début
   *[other] { $n } jours après le début
}
calendar-short-notice = sans préavis aux troupes
calendar-troops = Effectifs
calendar-changed = modifiée
calendar-cancelled = annulée
calendar-none = Aucune activité n’a été notifiée pour cette période.
calendar-plans = Calendriers annuels
calendar-plans-caption = Calendriers des activités prévues, par année
calendar-year = Année
calendar-nil = rien de prévu
calendar-planned = { $n ->
    [one] { $n } activité prévue
   *[other] { $n } activités prévues
}
calendar-rule = L’explorateur calcule les jours entre la notification et le début. Il appartient aux constatations de dire si une règle en exige davantage.

## Vérifier
verify-title = Vérifier un fichier
verify-lead = Déposez une déclaration, une preuve, un reçu, une preuve de fraude, un fichier de preuve ou deux points de contrôle. Votre navigateur les contrôle ici ; rien n’est envoyé.
verify-drop = Déposez des fichiers ici, ou choisissez-les
verify-results = Résultats
verify-needs-js = Cette page a besoin de JavaScript, car c’est votre navigateur qui contrôle. Sans lui, utilisez la ligne de commande.
verify-offline = Sur votre propre machine, sans ce site
verify-what = Ce qui peut être contrôlé
verify-statement = Une déclaration (.cose) avec sa preuve (.tlog-proof) ou son reçu (.receipt)
verify-statement-more = qui l’a signée, qu’elle figure dans le journal, et si c’est définitif ; le reçu peut aussi se trouver dans la déclaration
verify-evidence = Un fichier de preuve enregistré depuis cet explorateur (.html ou .json)
verify-evidence-more = tout ce que montrait sa page
verify-checkpoints = Deux points de contrôle d’un même journal
verify-checkpoints-more = s’ils se contredisent, ce qui prouve que le journal a été dédoublé
verify-fraud = Une preuve de fraude (.fraud-proof)
verify-fraud-more = si elle confond le détenteur de la clé d’un journal, de quoi, et si cette clé est celle de ce journal ou d’un autre
verify-log = Le journal auquel les fichiers sont confrontés
verify-log-more = Une déclaration, une preuve ou un reçu vaut par les clés de ce journal, à moins que vous ne déposiez la charte d’un autre. Comparez l’accord avec ce que vous tenez des parties.

## Données
data-title = Données
data-lead = Tout ce qui est montré ici peut être téléchargé, répliqué et contrôlé sans ce site.
data-log = Le journal lui-même
data-log-note = Dans la disposition de c2sp.org/tlog-tiles. Tout lecteur de ce format convient.
data-checkpoint = Dernier point de contrôle, tel que signé
data-tiles = Tuiles d’empreintes et lots d’inscriptions
data-archive = Le journal entier en un seul fichier
data-mirror = Tenir une copie vérifiée
data-mirror-note = La commande contrôle chaque signature et chaque empreinte au fil de la copie, et reprend là où elle s’était arrêtée.
data-exports = Exportations
data-exports-note = Chacune accepte les mêmes conditions que la liste des inscriptions, dans les mêmes termes.
data-csv = Tableau (CSV)
data-jsonl = Inscriptions avec leurs champs signés (JSON Lines)
data-geojson = Événements avec coordonnées (GeoJSON)
data-follow = Suivre
data-atom = Nouvelles inscriptions (fil Atom)
data-events = Nouvelles inscriptions dès leur vérification (événements envoyés par le serveur)
data-api = Interface pour les programmes
data-openapi = Description (OpenAPI 3.1)
data-schemas = Schémas des déclarations (JSON Schema)
data-what = Contenu
data-where = Adresse

## À propos
about-title = Comment vérifier vous-même
about-lead = Vous n’avez pas à faire confiance à ce site. Cette page dit ce que signifient ses signes, ce qu’ils ne signifient pas, et comment s’en passer.
about-green = Ce que signifie « vérifié »
about-green-1 = Cet explorateur a récupéré chaque inscription du journal, contrôlé chaque signature et chaque empreinte, appliqué de nouveau les règles de l’accord, et abouti à la racine que le journal a signée.
about-green-2 = Chaque déclaration a donc été signée avec une clé que sa partie avait octroyée ; rien n’a été altéré, inséré, supprimé ni déplacé depuis.
about-not = Ce que cela ne signifie pas
about-not-1 = Cela ne signifie pas qu’une déclaration est vraie. Celui qui déclare répond de sa déclaration.
about-not-2 = Cela ne signifie pas que tout ce qui a été remis a été enregistré. Qui remet une déclaration en conserve le récépissé.
about-not-3 = Cela ne dit pas quand une déclaration a été faite au-delà de la parole du dépositaire et de l’ordre des inscriptions, à moins que des témoins indépendants ne contresignent.
about-not-4 = Cela ne dit pas qui a violé l’accord.
about-amber = « Attention » et « Vérification en échec »
about-amber-1 = « Attention » : ce qui est montré a été vérifié, mais n’est peut-être pas le plus récent, ou moins de témoins que convenu ont signé.
about-amber-2 = « Vérification en échec » : le journal contredit ses propres données, ses signatures ou ce qui avait été vu auparavant. L’explorateur montre ce qui tenait avant, et dit ce qu’il a constaté et où.
about-liar = Un serveur qui ment
about-liar-1 = Votre navigateur contrôle lui-même chaque page d’inscription. Mais le programme qui contrôle vient de ce serveur, et un serveur qui ment pourrait envoyer un programme qui ment.
about-liar-2 = Si cela compte pour vous, recourez à l’un des moyens suivants. Aucun ne repose sur ce serveur.
about-own = Exploiter votre propre explorateur
about-own-note = Il lit le journal ici ou sur tout miroir, et ne croit rien qu’il n’ait contrôlé.
about-command = Vérifier en ligne de commande
about-command-note = L’identifiant de l’accord vient des parties, non de ce site.
about-evidence = Conserver une inscription comme preuve
about-evidence-note = « Enregistrer comme preuve », sur la page d’une inscription, produit un fichier qui montre l’inscription et la vérifie hors ligne. Un collègue peut comparer l’identifiant de l’accord qui y figure avec celui que donnent les parties.
about-compare = Comparer les points de contrôle
about-compare-note = Deux personnes qui voient la même taille et la même racine du même accord voient le même journal.
about-own-code = Ne se fier à aucun de nos programmes
about-own-code-note = Les formats sont publiés, avec des vecteurs de test ; un vérificateur peut être écrit d’après eux dans n’importe quel langage.

## Problèmes
problem-404-title = Cette page n’existe pas
problem-404 = L’adresse ne mène à rien dans ce journal. Les inscriptions sont numérotées à partir de 0.
problem-400-title = L’adresse ne peut être comprise
problem-400 = Quelque chose dans l’adresse n’est pas tel qu’il devrait être.
problem-503-title = Le journal est en cours de contrôle
problem-503 = Cet explorateur ne montre que ce qu’il a vérifié, et il n’a pas encore achevé son premier parcours. Cette page se recharge d’elle-même.
problem-500-title = La page n’a pu être établie
problem-500 = Quelque chose dans la copie du journal n’a pu être lu. Ce qui a été vérifié n’est pas en doute ; la copie peut être refaite.
problem-code = Code
problem-home = Aller à la vue d’ensemble

## Éléments d’un résumé, et mots de la spécification
part-parties = parties : { $n }
part-keys = clés : { $n }
part-deaths = décès : { $n }
part-item = échéance { $n }
part-activities = activités prévues : { $n }
part-until = jusqu’au { $when }
value-explosion = explosion
value-projectile = projectile en vol
value-tracer-round = balle traçante
value-burst = rafale
value-shot = coup de feu
value-burst-and-shot = rafales et coups de feu
value-muzzle-flash = lueur de départ
value-illumination-flare = fusée éclairante
value-flare = fusée de signalisation
value-gunfire = tirs
value-violation = violation du cessez-le-feu
value-mine = mines ou munitions non explosées
value-uav-targeted = tir contre un aéronef sans pilote de la mission
value-uav-lost = aéronef sans pilote de la mission perdu
value-uav-damaged = aéronef sans pilote de la mission endommagé
value-uav-emergency-landing = atterrissage d’urgence d’un aéronef sans pilote de la mission
value-threat = menaces contre des membres de la mission
value-other = autre
value-not-known = non connu
value-denied = refusé
value-delayed = retardé
value-conditional = autorisé sous condition
value-resumed = restriction levée
value-observed = observé
value-corroborated = corroboré
value-not-corroborated = non corroboré
value-inconclusive = non concluant
value-suspended = suspendu
value-in-violation-of-withdrawal-lines = en violation des lignes de retrait
value-beyond-lines-outside-storage = au-delà des lignes de retrait, hors des sites de stockage
value-not-verified-as-withdrawn = retrait non vérifié
value-missing-from-holding-area = manquant dans une zone de regroupement
value-missing-from-permanent-storage = manquant dans un site de stockage permanent
value-inside-security-zone = dans la zone de sécurité
value-killed = tués
value-injured = blessés
value-killed-or-injured = tués ou blessés
value-missing = disparus
value-routine = courant
value-urgent = urgent
value-immediate = immédiat
value-field-exercise = exercice sur le terrain
value-live-firing = tir réel
value-amphibious-landing = débarquement amphibie
value-heliborne-landing = débarquement héliporté
value-parachute-drop = largage de parachutistes
value-transfer = transfert de forces
value-concentration = concentration de forces
value-alert = exercice d’alerte
value-air-exercise = exercice aérien
value-naval-exercise = exercice naval
value-movement = mouvement de troupes
value-missile-launch = lancement de missile ou d’engin spatial
value-command-post-exercise = exercice de poste de commandement
value-nil-return = néant
value-data-sharing = partage de données
value-restraint = retenue
value-pause = pause dans les combats
value-local-ceasefire = cessez-le-feu local
value-corridor = corridor
value-force-limit = limitation des forces
value-meeting = réunion
value-channel-test = essai d’une voie de communication
value-access = accès
value-assessment = évaluation
value-assistance = assistance
value-action = action ponctuelle
value-military = militaire
value-environmental = environnement
value-health = santé
value-cyber = réseaux et systèmes
value-clarification = éclaircissement
value-unusual-activity = activité militaire inhabituelle
value-hazardous-incident = incident dangereux
value-visit = demande de visite
value-hotline = appel sur la ligne directe
value-complaint = plainte
value-relief = secours ou passage
value-answered = réponse donnée
value-partly-answered = réponse partielle
value-declined = décliné
value-needs-more-time = délai supplémentaire demandé
value-accepts = accepte
value-accepts-in-part = accepte en partie
value-disputes = conteste
value-comments = commente
value-minutes = procès-verbal
value-criteria = critères
value-mandate = mandat
value-protocol = protocole
value-guidance = directives
value-lesson = enseignement tiré
value-audit-report = rapport d’audit
value-legal-justification = justification juridique
value-decision = décision
value-retraction = retrait
value-live-fire-training = tirs réels d’entraînement
value-disengagement-breach = violation du désengagement
value-superseded = remplacée
value-ceased = fonction cessée
value-lost = perdue
value-compromised = compromise
