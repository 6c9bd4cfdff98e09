"""``python -m tests.pictures``: the pictures of the README, taken of the running product.

They show the demonstration at a fixed moment, after some calls that are played in it. Whoever changes a page
that they show takes them anew.
"""

from pathlib import Path

#: Where they are kept.
FOLDER = Path(__file__).parent
#: What is taken, in the order of the story: names of PNG files.
NAMES = ("desk", "phone", "case", "agenda", "map")
#: Bytes that a picture has at most, so that the page that shows it is quickly there.
LARGEST = 200_000
