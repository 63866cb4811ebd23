"""Languages that Snowball stems: their commonest words, by which texts are known, and letters.

Words are folded, without accents. They tell nothing of what a text is about, so they are left
out of searches in their language. Words that are also English ones of another meaning (the
German "die", the French "pour") are left out here where English texts would be mistaken.
"""

from __future__ import annotations

from typing import Final

ENGLISH: Final = "english"

COMMON: Final = {
    ENGLISH: frozenset(
        "a about after again all am an and any are as at be because been before being but by can "
        "could did do does doing during each few for from further had has have having he her here "
        "hers him his how i if in into is it its me more most my no nor not now of off on once "
        "only or other our ours out over own same she should so some such than that the their "
        "theirs them then there these they this those through to too under until up very was we "
        "were what when where which while who whom why will with would you your yours".split()
    ),
    "german": frozenset(
        "aber als am an auch auf aus bei bin bis bitte das dass dem den der des dich dies diese "
        "dieser doch du ein eine einem einen einer es fur haben hat habe ich ihr ihre im in ist "
        "ja kann konnen mein meine mich mir mit nach nicht noch nur oder schon sich sie sind uber "
        "um und uns unsere vom von warum was wenn wer werden wie wir wird wo wurde zu zum "
        "zur".split()
    ),
    "french": frozenset(
        "au aux avec ce ces cette comment dans de des du elle en est et etait etre eu il ils je "
        "la le les leur ma mais mes moi mon ne nos notre nous ou par pas pourquoi qu quand que "
        "qui sa sans se ses son sont sur tu un une vos votre vous".split()
    ),
    "spanish": frozenset(
        "al como con cuando de del donde el ella en era eran es esta estan este esto fue ha hay "
        "la las le les lo los mas me mi mis muy no nos nuestro o para pero por porque que se ser "
        "si sin sobre su sus tambien te tiene tu un una y yo".split()
    ),
    "italian": frozenset(
        "al alla anche che ci come con cosa da dal dalla degli dei del della di dove e ed era gli "
        "ha hanno ho i il io la le lo ma mi mia mio ne nel nella non o per perche piu quando "
        "questa questo se si sono sul sulla su suo un una uno".split()
    ),
    "portuguese": frozenset(
        "a ao aos as com como da das de do dos e ela ele em era eu foi isso ja mais mas me meu "
        "minha na nao nas no nos o os ou para pela pelo por porque quando que se sem seu sua "
        "tambem tem um uma voce".split()
    ),
    "dutch": frozenset(
        "aan al als bij dat de den deze die dit door een en er had heb hebben heeft het hij hoe "
        "ik in is je kan mijn naar niet nog of om onze ook op te tot uit van voor waar waarom wat "
        "we wel wij worden ze zijn zo".split()
    ),
    "swedish": frozenset(
        "att av da de den det din du eller en ett fran for har hade i inte jag kan man med men "
        "min mitt mycket nar och om pa sa sig sin skulle som till under upp ut var vara vi vid "
        "ar".split()
    ),
    "russian": frozenset(
        "а без бы был была были было быть в вы где да для до его ее если есть еще же за и из или "
        "к как когда кто ли мне мои мои мы на не него нет но о об он она они от по почему при с "
        "со так там то только у уже что это я".split()
    ),
}
"""By the names that Snowball has for them."""

LETTERS: Final = {
    "german": "ü",
    "french": "œ",
    "spanish": "ñ¿¡",
    "portuguese": "ãõ",
    "swedish": "å",
    "russian": "ыэъё",
}
"""Letters and marks that tell a language by themselves."""
