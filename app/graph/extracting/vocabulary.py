"""Words that the rules go by, folded, for each language. Lists of a language's own words, never of somebody's names."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# First names that are words of the language too: in lower case they are the word, and at a sentence's start likely so.
WORDS_TOO = {
    "en": words_of(
        "will rose mark bill may june april august hope faith grace joy art pat sue ray rich drew frank jack dean "
        "guy penny ruby pearl iris ivy lily violet daisy holly hazel heather olive ginger summer autumn dawn eve "
        "carol gene jean bob don rob nick chase chance miles max van earl duke king young long page price stone "
        "wood wolf fox hunter carter cooper mason taylor baker miller grant ward lane cliff glen dale heath rusty "
        "sandy misty amber jade crystal gay angel christian sky star sunny victor harry josh skip buck norm herb "
        "basil sage melody harmony charity patience prudence constance honor verity felicity trinity destiny "
        "genesis able abel angus peg tab bud red ace major prince baron lance pierce wade brook brooke river "
        "forest robin jay wren martin peter dick john polo love joyce noel merry"
    ),
    "de": words_of(
        "ernst wolf stein vogel engel klein gross sommer winter herbst fruhling fuchs konig kaiser bach berg wald "
        "busch baum blume rose viola iris heide erika linde jasmin falk falke bar hahn adler sperber lang kurz "
        "weiss schwarz braun roth jung alt reich stark frank mark markus will wille bernd helm rolf art gut schon "
        "frei treu luise gerade eben arm bauer muller schneider becker schafer richter koch meister graf herzog "
        "herr gott hase lieb sonntag montag freitag marz mai juni juli august advent kern kraft luft licht morgen "
        "abend frost reif schnee sturm hof feld acker garten wiese brunnen krug topf bohne kohl ruhe"
    ),
    "es": words_of(
        "paz luz sol mar cruz rosa blanca pilar dolores mercedes consuelo angel angeles leon ida vuelta gloria "
        "victoria esperanza fe caridad soledad remedios amparo socorro nieves flor flora margarita azucena "
        "violeta perla alba aurora estrella luna reyes rey santos salvador jesus domingo abril julio agosto "
        "marina celeste clara bienvenido modesto justo pio lu ana"
    )
    - {"ana", "lu"},
    "tr": words_of(
        "deniz baris umut sevgi gunes yildiz demir kaya ben ana can gul bahar yaz ay aslan kartal sahin dogan "
        "yagmur toprak tas irmak nehir derya ada dag orman cicek lale nergis menekse yaprak inci elmas altin "
        "cinar selvi ozgur zafer savas onur gurur sevinc nese huzur ruya hayal dilek murat arzu istek ufuk gunay "
        "aydin ozan kutlu mutlu caglar cag bilge bilgin tan safak seher sabah aksam ekim nisan mayis eylul "
        "haziran arda tuna ebru nur isik yilmaz yucel ulku ulus vatan bora firtina ruzgar bulut yelken pinar su "
        "gol ceren ceylan kumru sena eda naz ata"
    ),
    "fr": words_of(
        "rose marguerite violette claire aime aimee pierre ange belle blanche marine olive prune reine rosette "
        "victoire olivier laurier avril mai juin juillet aout jean lou sol eve luce constant modeste parfait "
        "desire noel pascal"
    ),
}

MONTHS = {
    "en": "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec",
    "de": "januar janner februar marz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre",
    "tr": "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "fr": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
}
DAYS = words_of(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag "
    "sonnabend sonntag lunes martes miercoles jueves viernes sabado domingo pazartesi sali carsamba persembe cuma "
    "cumartesi pazar lundi mardi mercredi jeudi vendredi samedi dimanche today tomorrow yesterday"
)
HOLIDAYS = words_of(
    "christmas easter new year years eve thanksgiving halloween ramadan ramazan bayram hanukkah weihnachten ostern "
    "pfingsten silvester advent navidad nochebuena nochevieja pascua semana santa noel paques toussaint internet "
    "english french german spanish turkish italian european american british chinese japanese russian greek latin "
    "deutsch deutsche deutscher deutschen turkce ingilizce almanca fransizca ispanyolca god lord bible "
    "i i'm i'll i've i'd ok todo done fixme note nb ps re fwd api web pdf wifi google"
)
NO_NAMES = DAYS | HOLIDAYS | words_of(" ".join(MONTHS.values()))

HONORIFICS = words_of(
    "mr mrs ms miss mx dr prof professor doctor sir madam lady lord uncle aunt auntie grandma grandpa granny captain "
    "father sister brother rev reverend pastor judge senator president "
    "herr herrn frau fraulein doktor onkel tante oma opa familie pfarrer schwester bruder nachbarin nachbar cousine "
    "sr sra srta don dona senor senora senorita doctor doctora profesor profesora tia tio primo prima padre abuela "
    "abuelo hermano hermana maestro maestra "
    "sayin bay bayan hocam kardesim komsumuz dayim amcam teyzem halam "
    "m mme mlle monsieur madame mademoiselle maitre oncle tante cousin docteur"
)
# After these the name may follow in lower case or be anything; after kin it must look like a name.
KIN = words_of(
    "father sister brother hermano hermana schwester bruder nachbarin nachbar cousine primo prima padre cousin "
    "president judge maestro maestra kardesim komsumuz hocam miss lady m prima tia tio"
)
HONORIFICS_BEHIND = words_of("bey hanim teyze amca abi abla hoca efendi usta dayi hala beyin hanimin beye hanima")
PARTICLES = words_of(
    "van von der den de la del della di da dos das do zu zum vom ten ter le du af av bin ibn al el y i e"
)

ORGANISATION_ENDS = words_of(
    "ltd limited inc incorporated llc llp plc corp corporation co company gmbh ag kg ohg ug se kgaa eg sl sa slu sas "
    "sarl srl bv nv oy ab as foundation institute university college academy association society bank hospital clinic "
    "museum library council committee agency studio studios press publishers group holdings partners consulting "
    "technologies systems solutions analytics labs laboratories instruments industries "
    "universitesi vakfi dernegi bankasi hastanesi koleji kurumu belediyesi lisesi enstitusu muzesi kutuphanesi sirketi "
    "stiftung verlag verein universitat institut hochschule werke stadtwerke sparkasse"
)
ORGANISATION_STARTS = {
    "en": words_of("university college institute bank museum ministry department society association church"),
    "de": words_of(
        "universitat hochschule institut stiftung verlag firma verein kanzlei klinik sparkasse schwimmverein "
        "sportverein turnverein gesangverein gemeinde volkshochschule akademie museum"
    ),
    "es": words_of(
        "universidad fundacion banco instituto colegio grupo talleres ministerio asociacion editorial hospital museo "
        "ayuntamiento compania academia bodegas transportes clinica cooperativa"
    ),
    "tr": frozenset(),
    "fr": words_of("universite fondation banque institut college groupe ministere association editions hopital musee"),
}

# Words before a name that say who acts or is acted with, for capitals that no list of first names knows.
PERSON_CUES = words_of(
    "met with and called asked told email mail emailed says said saw visited by from thanks thank to "
    "according see know introduced invited wrote write talked spoke married hired con y conoci hable vi dice "
    "contesto segun llame pregunte ile ve sayin avec rencontre selon chez"
)
SPEECH = words_of(
    "says said thinks thought asked told wrote called brought came went writes wants sent left is was has "
    "gave lent got sagt sagte meint fragt fragte hat ist kommt kam schreibt bringt brachte ruft will geht "
    "ubernimmt halt hielt dice dijo cree llama llego trajo quiere vino escribe contesto se da cobra ha es "
    "dedi diyor geldi gitti aradi istiyor ile dit pense veut a est arrive"
)

PLACE_CUES = {
    "en": words_of("in to near from at through around towards outside visit visited reached left via toward"),
    "de": words_of("in nach aus bei von uber richtung durch bis"),
    "es": words_of("en a de desde hacia hasta por cerca"),
    "tr": frozenset(),
    "fr": words_of("a en de vers depuis pres par"),
}
SURE_PLACE_CUES = words_of("in near en nach aus cerca desde hacia richtung via through outside")
# Compass points and the like that belong to a place's name.
PLACE_STARTS = words_of(
    "port san santa saint st sankt new north south east west upper lower bad gross klein ober unter neu alt los las la "
    "el villa puerto mount lake cape fort kuzey guney dogu bati yeni eski ville le les cala playa monte"
)
PLACE_BEHIND = words_of("yakininda yakinlarinda yolunda merkezinde ilcesinde sehrinde koyunde mahallesinde adasinda")
GERMAN_BEFORE_NAMES = words_of("von mit bei fur an und laut ohne gegen uber wegen heisst traf ich")
GERMAN_PLACE_ENDS = (
    "burg", "berg", "dorf", "hausen", "heim", "stadt", "bach", "feld", "felde", "mark", "ingen", "wald", "walde", "tal",
    "see", "au", "ow", "itz", "in", "brunn", "furt", "haven", "hafen", "hofen", "hagen", "kirchen", "stein",
    "ling", "rode", "stedt", "leben", "horst", "büttel", "moor", "brück",
)  # fmt: skip
GERMAN_NOUN_ENDS = (
    "ung",
    "ungen",
    "heit",
    "keit",
    "schaft",
    "tion",
    "chen",
    "lein",
    "nis",
    "tum",
    "ität",
    "ismus",
    "ment",
)
SURNAME_ENDS = (
    "mann", "meier", "meyer", "maier", "mayer", "bauer", "müller", "schmidt", "schulz", "schulze", "schneider",
    "fischer",
    "hofer", "huber", "berger", "burger", "steiner", "bacher", "felder", "ski", "sky", "cki", "wicz", "vić", "ić", "ow",
    "ova", "oğlu", "yan", "ian", "sen", "son", "sson", "ez", "er", "ke", "itz", "au", "rt", "ert", "hardt", "hard",
    "wald", "gart", "garten", "hoff", "hof", "kamp", "sang", "beck", "bach", "brandt", "holz", "tz", "z", "ch",
)  # fmt: skip
# Nouns that German sets behind a first name all the time.
GERMAN_NOUNS = words_of(
    "suppe kuchen brot kaffee tee wasser geld zeit hilfe angst hunger durst lust spass glueck gluck recht musik sport "
    "urlaub geburtstag schwimmen essen trinken fahrrad auto haus garten blumen bucher buch brief post bescheid besuch "
    "schach klavier gitarre deutsch englisch mathe kinder hund katze arbeit pause feierabend abend morgen mittag wein "
    "bier milch eier fotos bilder kino ski steine hause"
)
