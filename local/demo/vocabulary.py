"""Names, sentences and districts that demo providers are made of."""

_FIRST_NAMES = """
Adele Alba Alina Amara Amelie Anais Anouk Astrid Aurelia Beatrix Bianca Camille Carla Celeste
Chiara Clara Claudia Coco Dahlia Daphne Delia Diana Elena Elin Elise Eloise Emilia Esme Estelle
Eva Fabienne Fleur Florence Frida Gaia Gemma Giulia Greta Hana Helene Ida Ilse Ines Ingrid Iris
Isabel Isla Ivy Jade Jolie Josefine Juliette Juno Kaia Katja Kira Lara Leonie Lia Lilou Linnea
Livia Lola Lou Lucia Luna Mae Maia Malin Mara Margot Marlene Matilda Maya Mila Mina Mira Nadia
Naomi Nell Nika Nina Noa Odette Olive Ophelia Paloma Paula Petra Philippa Quinn Rhea Romy Rosa
Runa Sabine Saskia Selma Sena Sienna Simone Sofia Stella Svea Talia Tara Tess Thea Tilda Uma
Valentina Vera Viola Vivian Wanda Willa Yara Yuna Zelda Zoe Adrian Bastian Dante Elias Felix
Julian Kai Leander Luca Marlon Milo Noel Raphael Silas Tobias
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Adler Amari Arden Bellamy Blanc Bloom Brand Castell Clairmont Conti Corso Daley Delacroix Dorn
Duval Ellis Falk Ferrand Fontaine Frey Gale Grey Hale Hart Hollis Huber Jansen Keller Kemp
Lacroix Lane Laurent Lenz Lind Lorenz Marchetti Marlowe Martel Monroe Moreau Nord Novak Palmer
Quill Ravel Reyes Roth Rowe Sander Serrano Sloane Sommer Stern Thorne Vale Valmont Verde Vidal
Voss Weber West Wilde Winter Wolff Wren York Zeller
"""
LAST_NAMES = tuple(_LAST_NAMES.split())

OPENINGS = (
    "I came to {city} for a year and stayed for the {love}.",
    "Born and raised in {city}, and still in love with its {love}.",
    "I divide my week between {city} and a house full of books.",
    "After some years in {trade} I work on my own terms now, in {city}.",
    "By day I study {trade}; a few evenings a week are for company worth dressing up for.",
    "{city} is a city of {love}, and I know where to find the best of it.",
)
LOVES = (
    "light in autumn", "markets", "concert halls", "water", "long dinners", "galleries",
    "little theatres", "gardens", "late cafés", "architecture",
)  # fmt: skip
TRADES = (
    "architecture", "publishing", "photography", "law", "nursing", "design", "classical music",
    "hospitality", "dance", "medicine", "linguistics", "film",
)  # fmt: skip
CHARACTERS = (
    "People call me calm, curious and quick to laugh.",
    "I listen well, and I remember what you told me.",
    "Unhurried, warm, and better at small talk than I admit.",
    "I like conversation that wanders and silence that does not need filling.",
    "A little shy for the first ten minutes, never afterwards.",
    "I am direct, kind and allergic to clichés.",
)
PLEASURES = (
    "Ask me about natural wine, cold-water swimming or bad science fiction.",
    "I cook, I box, and I read three books at once.",
    "Opera tickets are the shortest way to my heart.",
    "On free days you find me on a bicycle or in a museum.",
    "I collect old maps and new restaurants.",
    "I dance tango, badly in public and well in private.",
)
MANNERS = (
    "Please introduce yourself in a few lines; I answer the same day.",
    "I meet few people and take my time with each of them.",
    "Screening is a courtesy to us both; discretion is a matter of course.",
    "A deposit holds our date; plans change, and we will find another one.",
    "I do not answer calls without a message first.",
    "New to this? So was everybody once. Ask whatever you like.",
)
HAIR = ("black", "brown", "dark blonde", "blonde", "red", "auburn", "silver")
EYES = ("brown", "green", "blue", "grey", "hazel")

# Districts of each city with an approximate point; the product rounds the point once more.
DISTRICTS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "amsterdam": (
        ("Jordaan", 52.37, 4.88), ("De Pijp", 52.35, 4.90), ("Oost", 52.36, 4.93),
        ("Zuid", 52.34, 4.87),
    ),
    "auckland": (
        ("Ponsonby", -36.85, 174.74), ("Parnell", -36.86, 174.78), ("Takapuna", -36.79, 174.77),
        ("Mount Eden", -36.88, 174.76),
    ),
    "berlin": (
        ("Mitte", 52.52, 13.40), ("Charlottenburg", 52.51, 13.28), ("Schöneberg", 52.48, 13.35),
        ("Prenzlauer Berg", 52.54, 13.42),
    ),
    "brussels": (
        ("Ixelles", 50.83, 4.37), ("Sablon", 50.84, 4.35), ("Uccle", 50.80, 4.34),
        ("European Quarter", 50.84, 4.38),
    ),
    "geneva": (
        ("Eaux-Vives", 46.20, 6.16), ("Plainpalais", 46.20, 6.14), ("Champel", 46.19, 6.15),
        ("Carouge", 46.18, 6.14),
    ),
    "hamburg": (
        ("Eppendorf", 53.59, 9.99), ("St. Georg", 53.56, 10.01), ("HafenCity", 53.54, 10.00),
        ("Ottensen", 53.55, 9.93),
    ),
    "melbourne": (
        ("Fitzroy", -37.80, 144.98), ("South Yarra", -37.84, 144.99), ("St Kilda", -37.87, 144.98),
        ("Southbank", -37.82, 144.96),
    ),
    "munich": (
        ("Schwabing", 48.16, 11.58), ("Glockenbach", 48.13, 11.57), ("Bogenhausen", 48.15, 11.61),
        ("Maxvorstadt", 48.15, 11.57),
    ),
    "sydney": (
        ("Surry Hills", -33.88, 151.21), ("Potts Point", -33.87, 151.23),
        ("Bondi", -33.89, 151.27), ("Barangaroo", -33.86, 151.20),
    ),
    "vienna": (
        ("Innere Stadt", 48.21, 16.37), ("Neubau", 48.20, 16.35), ("Wieden", 48.19, 16.37),
        ("Leopoldstadt", 48.22, 16.39),
    ),
    "wellington": (
        ("Te Aro", -41.29, 174.78), ("Oriental Bay", -41.29, 174.79), ("Thorndon", -41.28, 174.78),
        ("Kelburn", -41.28, 174.76),
    ),
    "zurich": (
        ("Seefeld", 47.36, 8.55), ("Kreis 4", 47.38, 8.53), ("Enge", 47.36, 8.53),
        ("Oerlikon", 47.41, 8.54),
    ),
}  # fmt: skip

LOCAL_LANGUAGE = {
    "AT": "de",
    "AU": "en",
    "BE": "fr",
    "CH": "de",
    "DE": "de",
    "NL": "nl",
    "NZ": "en",
}
