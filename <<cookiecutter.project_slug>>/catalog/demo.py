"""The demo shop: tea, what to drink it from, and what the kitchen needs."""

from decimal import Decimal
from typing import NamedTuple

from . import pictures
from .pictures import (
    CLAY,
    CREAM,
    GLAZE,
    GOLD,
    INK,
    LEAF,
    OLIVE_WOOD,
    PINE,
    ROSE,
    SAND,
    STEEL,
    WALNUT,
)


class DemoCategory(NamedTuple):
    slug: str
    name: str
    wall: str  # the colour behind its products


class DemoProduct(NamedTuple):
    sku: str
    slug: str
    name: str
    price: Decimal
    category: str
    shape: pictures.Shape
    main: str
    accent: str
    description: str

    def picture(self) -> str:
        """Return the product's picture as SVG."""
        return pictures.draw(self.shape, self.main, self.accent, WALLS[self.category])


CATEGORIES = (
    DemoCategory("tea", "Tea", "#e3e9d8"),
    DemoCategory("teaware", "Teaware", "#dce6e6"),
    DemoCategory("tableware", "Tableware", "#f1e1d3"),
    DemoCategory("kitchen", "Kitchen tools", "#ece5d6"),
    DemoCategory("linen", "Linen", "#e6e2ec"),
    DemoCategory("pantry", "Pantry", "#f3e7c9"),
)

WALLS = {category.slug: category.wall for category in CATEGORIES}

PRODUCTS = (
    # Tea
    DemoProduct(
        "TEA-SENCHA", "morning-sencha", "Morning Sencha", Decimal("12.50"), "tea",
        pictures.tin_with_leaf, LEAF, PINE,
        "Steamed green leaves from the first harvest in May. Fresh and a little sweet, "
        "with the smell of cut grass.\n\n80 g. Brew at 75 °C for one minute.",
    ),
    DemoProduct(
        "TEA-LAPSANG", "campfire-lapsang", "Campfire Lapsang", Decimal("11.90"), "tea",
        pictures.tin_with_flame, INK, CLAY,
        "Black tea dried over pine-wood smoke. For rainy afternoons, old armchairs and "
        "anyone who misses camping.\n\n100 g. Brew at 95 °C for three minutes.",
    ),
    DemoProduct(
        "TEA-EARLGREY", "garden-earl-grey", "Garden Earl Grey", Decimal("10.80"), "tea",
        pictures.tin_with_citrus, GLAZE, GOLD,
        "Ceylon leaves with real oil of bergamot and a few cornflower petals, because "
        "they look good.\n\n100 g. Brew at 95 °C for three minutes.",
    ),
    DemoProduct(
        "TEA-CHAMOMILE", "meadow-chamomile", "Meadow Chamomile", Decimal("8.40"), "tea",
        pictures.tin_with_flower, GOLD, CLAY,
        "Whole flowers, dried in the shade. Tastes of honey and apples and lets you "
        "sleep.\n\n60 g, no caffeine. Brew at 100 °C for five minutes.",
    ),
    DemoProduct(
        "TEA-CHAI", "kitchen-door-chai", "Kitchen Door Chai", Decimal("9.90"), "tea",
        pictures.tin_with_star, CLAY, WALNUT,
        "Assam with cardamom, cinnamon, ginger and star anise, crushed rather than "
        "ground.\n\n120 g. Simmer in half milk, half water for five minutes.",
    ),
    # Teaware
    DemoProduct(
        "POT-ROUND", "round-teapot", "Round Teapot", Decimal("48.00"), "teaware",
        pictures.teapot, PINE, GOLD,
        "A belly of glazed stoneware, a spout that does not drip and a lid that stays "
        "on when the last cup is poured.\n\n0.9 l, dishwasher safe.",
    ),
    DemoProduct(
        "POT-IRON", "cast-iron-teapot", "Cast-iron Teapot", Decimal("64.00"), "teaware",
        pictures.iron_pot, INK, STEEL,
        "Keeps tea warm for an hour. Enamelled inside, dimpled outside, and heavy "
        "enough to be inherited.\n\n0.8 l, with a steel strainer.",
    ),
    DemoProduct(
        "KETTLE-GOOSE", "gooseneck-kettle", "Gooseneck Kettle", Decimal("72.50"),
        "teaware", pictures.kettle, STEEL, WALNUT,
        "A slow, thin, exact stream: for green tea, for filter coffee and for watering "
        "very small plants.\n\n1 l, for every hob.",
    ),
    DemoProduct(
        "INFUSER-BALL", "tea-infuser", "Tea Infuser", Decimal("6.90"), "teaware",
        pictures.infuser, STEEL, GOLD,
        "Room for the leaves of two cups, holes too small for them to escape, and a "
        "hook that holds on to the rim.\n\nStainless steel, 6 cm.",
    ),
    DemoProduct(
        "WHISK-BAMBOO", "bamboo-whisk", "Bamboo Whisk", Decimal("18.00"), "teaware",
        pictures.whisk, SAND, PINE,
        "Eighty tines, split by hand from one piece of bamboo. It makes the foam that "
        "matcha is known for.\n\nRinse with warm water, dry upright.",
    ),
    DemoProduct(
        "BOWL-MATCHA", "matcha-bowl", "Matcha Bowl", Decimal("34.00"), "teaware",
        pictures.tea_bowl, GLAZE, LEAF,
        "Wide enough to whisk in, shaped to be held with both hands. The white glaze "
        "runs as it likes, so no two are the same.\n\n0.4 l.",
    ),
    # Tableware
    DemoProduct(
        "MUG-DIPPED", "dipped-mug", "Dipped Mug", Decimal("16.50"), "tableware",
        pictures.mug, CREAM, CLAY,
        "Half glazed, half bare clay, with a handle for four fingers. The mug that the "
        "others in the cupboard envy.\n\n0.35 l, dishwasher safe.",
    ),
    DemoProduct(
        "CUP-ESPRESSO-2", "espresso-cups", "Two Espresso Cups", Decimal("22.00"),
        "tableware", pictures.espresso_cups, CLAY, GLAZE,
        "They stack, they keep warm and they come with one saucer, as somebody always "
        "drinks standing up.\n\n2 x 80 ml.",
    ),
    DemoProduct(
        "BOWL-NEST-3", "nesting-bowls", "Three Nesting Bowls", Decimal("39.00"),
        "tableware", pictures.bowls, PINE, GLAZE,
        "For muesli, for salad, for the dough in between. One stands in the other and "
        "all three in the space of one.\n\n0.4, 0.7 and 1.1 l.",
    ),
    DemoProduct(
        "PLATE-SPECKLED", "speckled-plate", "Speckled Plate", Decimal("19.00"),
        "tableware", pictures.plate, CREAM, WALNUT,
        "Iron in the clay makes the freckles, a steady hand the brown rim. Everyday "
        "bread looks like a picnic on it.\n\n26 cm, dishwasher safe.",
    ),
    DemoProduct(
        "JUG-MILK", "milk-jug", "Milk Jug", Decimal("27.50"), "tableware",
        pictures.jug, CREAM, GLAZE,
        "Milk in the morning, water at noon, tulips on Sunday.\n\n0.7 l, dishwasher "
        "safe.",
    ),
    DemoProduct(
        "VASE-BUD", "bud-vase", "Bud Vase", Decimal("14.00"), "tableware",
        pictures.vase, ROSE, LEAF,
        "For a single twig from the way home. The twig is not included; the way home "
        "is up to you.\n\n14 cm high.",
    ),
    # Kitchen tools
    DemoProduct(
        "SPOON-OLIVE-2", "olive-wood-spoons", "Olive Wood Spoons", Decimal("13.00"),
        "kitchen", pictures.spoons, OLIVE_WOOD, WALNUT,
        "One to stir, one to taste. Kind to pans, warm in the hand and more beautiful "
        "with every soup.\n\nA pair, 30 cm, oiled.",
    ),
    DemoProduct(
        "BOARD-WALNUT", "walnut-board", "Walnut Board", Decimal("42.00"), "kitchen",
        pictures.board, WALNUT, OLIVE_WOOD,
        "Cut onions on one side, serve cheese on the other. From a single plank, so "
        "nothing can come unglued.\n\n38 x 22 cm.",
    ),
    DemoProduct(
        "KNIFE-CHEF", "kitchen-knife", "Kitchen Knife", Decimal("89.00"), "kitchen",
        pictures.knife, WALNUT, GOLD,
        "Carbon steel that takes a very fine edge and tells you, by its colour, what "
        "you have been cooking.\n\nBlade 18 cm. Wash and dry by hand.",
    ),
    DemoProduct(
        "PIN-ROLLING", "rolling-pin", "Rolling Pin", Decimal("24.00"), "kitchen",
        pictures.rolling_pin, SAND, OLIVE_WOOD,
        "Maple with a heart of steel, so the weight does the work. Good for biscuits, "
        "pasta and a clear conscience.\n\n44 cm.",
    ),
    DemoProduct(
        "MORTAR-STONE", "stone-mortar", "Stone Mortar", Decimal("46.50"), "kitchen",
        pictures.mortar, STEEL, OLIVE_WOOD,
        "Granite, roughened inside, with a pestle of olive wood. Pesto and peppercorns "
        "have nowhere to go.\n\n15 cm, 3.2 kg.",
    ),
    DemoProduct(
        "PAN-IRON", "iron-skillet", "Iron Skillet", Decimal("58.00"), "kitchen",
        pictures.skillet, INK, "#57524e",
        "Seasoned with linseed oil before it leaves the forge. The egg slides off by "
        "itself.\n\n24 cm, for every hob and the oven.",
    ),
    # Linen
    DemoProduct(
        "TOWEL-STRIPE", "striped-tea-towel", "Striped Tea Towel", Decimal("11.00"),
        "linen", pictures.tea_towel, CREAM, CLAY,
        "Half linen, half cotton: dries glasses without lint from the first day and "
        "gets softer in every wash.\n\n50 x 70 cm, with a loop.",
    ),
    DemoProduct(
        "NAPKIN-LINEN-5", "linen-napkins", "Five Linen Napkins", Decimal("36.00"),
        "linen", pictures.napkins, PINE, ROSE,
        "Washed linen that nobody has to iron. Five, because one of the six always "
        "goes missing.\n\n42 x 42 cm.",
    ),
    DemoProduct(
        "APRON-CANVAS", "canvas-apron", "Canvas Apron", Decimal("38.00"), "linen",
        pictures.apron, GLAZE, WALNUT,
        "Firm cotton canvas, long ties and one pocket for the phone with the recipe "
        "on it.\n\nOne size, 70 x 85 cm.",
    ),
    DemoProduct(
        "MITT-QUILTED", "quilted-oven-mitt", "Quilted Oven Mitt", Decimal("15.50"),
        "linen", pictures.oven_mitt, ROSE, CREAM,
        "Three layers between you and 250 °C. Fits the left hand as well as the "
        "right.\n\nCotton, 32 cm, washable.",
    ),
    # Pantry
    DemoProduct(
        "HONEY-WILD", "wildflower-honey", "Wildflower Honey", Decimal("9.80"), "pantry",
        pictures.jar, GOLD, WALNUT,
        "From hives between an orchard and a railway line. Spun cold; it will set, and "
        "a warm spoon will change its mind.\n\n500 g.",
    ),
    DemoProduct(
        "JAM-APRICOT", "apricot-jam", "Apricot Jam", Decimal("7.20"), "pantry",
        pictures.jam_jar, "#dd8a45", ROSE,
        "Ripe apricots, a little sugar and a squeeze of lemon, cooked in small pots. "
        "There are pieces in it.\n\n340 g.",
    ),
    DemoProduct(
        "OIL-OLIVE", "olive-oil", "Olive Oil", Decimal("17.90"), "pantry",
        pictures.bottle, PINE, "#8b8f3f",
        "Picked green in October, pressed the same night. Peppery at the end, as it "
        "should be.\n\n0.5 l.",
    ),
    DemoProduct(
        "SALT-PIG", "salt-cellar", "Salt Cellar with Sea Salt", Decimal("21.00"),
        "pantry", pictures.salt_pig, CLAY, "#fdfaf4",
        "A wide mouth for quick fingers, a hood against the steam, and the first 250 g "
        "of flaky sea salt.\n\nStoneware, 13 cm.",
    ),
    DemoProduct(
        "CHOC-DARK", "dark-chocolate", "Dark Chocolate", Decimal("5.60"), "pantry",
        pictures.chocolate, WALNUT, CLAY,
        "70 % cocoa, three ingredients, made bean to bar. Snaps when you break it and "
        "goes well with smoke and bergamot.\n\n80 g.",
    ),
)  # fmt: skip
