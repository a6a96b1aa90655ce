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
    name_en: str
    name_ru: str
    wall: str  # the colour behind its products


class DemoProduct(NamedTuple):
    sku: str
    slug: str
    price: Decimal
    category: str
    shape: pictures.Shape
    main: str
    accent: str
    name_en: str
    description_en: str
    name_ru: str
    description_ru: str

    def picture(self) -> str:
        """Return the product's picture as SVG."""
        return pictures.draw(self.shape, self.main, self.accent, WALLS[self.category])


CATEGORIES = (
    DemoCategory("tea", "Tea", "Чай", "#e3e9d8"),
    DemoCategory("teaware", "Teaware", "Чайная посуда", "#dce6e6"),
    DemoCategory("tableware", "Tableware", "Посуда", "#f1e1d3"),
    DemoCategory("kitchen", "Kitchen tools", "Кухонная утварь", "#ece5d6"),
    DemoCategory("linen", "Linen", "Текстиль", "#e6e2ec"),
    DemoCategory("pantry", "Pantry", "Бакалея", "#f3e7c9"),
)

WALLS = {category.slug: category.wall for category in CATEGORIES}

PRODUCTS = (
    # Tea
    DemoProduct(
        "TEA-SENCHA", "morning-sencha", Decimal("12.50"), "tea", pictures.tin_with_leaf,
        LEAF, PINE,
        "Morning Sencha",
        "Steamed green leaves from the first harvest in May. Fresh and a little "
        "sweet, with the smell of cut grass.\n\n80 g. Brew at 75 °C for one minute.",
        "Утренняя сенча",
        "Пропаренный зелёный лист первого майского сбора. Свежий, чуть сладкий, с "
        "запахом скошенной травы.\n\n80 г. Заваривать минуту при 75 °C.",
    ),
    DemoProduct(
        "TEA-LAPSANG", "campfire-lapsang", Decimal("11.90"), "tea",
        pictures.tin_with_flame, INK, CLAY,
        "Campfire Lapsang",
        "Black tea dried over pine-wood smoke. For rainy afternoons, old armchairs "
        "and anyone who misses camping.\n\n100 g. Brew at 95 °C for three minutes.",
        "Лапсанг «Костёр»",
        "Чёрный чай, высушенный над дымом сосновых дров. Для дождливых вечеров, "
        "старых кресел и всех, кто скучает по походам.\n\n100 г. Заваривать три "
        "минуты при 95 °C.",
    ),
    DemoProduct(
        "TEA-EARLGREY", "garden-earl-grey", Decimal("10.80"), "tea",
        pictures.tin_with_citrus, GLAZE, GOLD,
        "Garden Earl Grey",
        "Ceylon leaves with real oil of bergamot and a few cornflower petals, because "
        "they look good.\n\n100 g. Brew at 95 °C for three minutes.",
        "Садовый эрл грей",
        "Цейлонский лист с настоящим маслом бергамота и щепоткой лепестков василька, "
        "потому что так красивее.\n\n100 г. Заваривать три минуты при 95 °C.",
    ),
    DemoProduct(
        "TEA-CHAMOMILE", "meadow-chamomile", Decimal("8.40"), "tea",
        pictures.tin_with_flower, GOLD, CLAY,
        "Meadow Chamomile",
        "Whole flowers, dried in the shade. Tastes of honey and apples and lets you "
        "sleep.\n\n60 g, no caffeine. Brew at 100 °C for five minutes.",
        "Луговая ромашка",
        "Цельные цветки, высушенные в тени. На вкус как мёд и яблоки, и спится потом "
        "хорошо.\n\n60 г, без кофеина. Заваривать пять минут при 100 °C.",
    ),
    DemoProduct(
        "TEA-CHAI", "kitchen-door-chai", Decimal("9.90"), "tea", pictures.tin_with_star,
        CLAY, WALNUT,
        "Kitchen Door Chai",
        "Assam with cardamom, cinnamon, ginger and star anise, crushed rather than "
        "ground.\n\n120 g. Simmer in half milk, half water for five minutes.",
        "Масала-чай по-домашнему",
        "Ассам с кардамоном, корицей, имбирём и бадьяном: пряности дроблёные, а не "
        "молотые.\n\n120 г. Варить пять минут в молоке пополам с водой.",
    ),
    # Teaware
    DemoProduct(
        "POT-ROUND", "round-teapot", Decimal("48.00"), "teaware", pictures.teapot, PINE,
        GOLD,
        "Round Teapot",
        "A belly of glazed stoneware, a spout that does not drip and a lid that stays "
        "on when the last cup is poured.\n\n0.9 l, dishwasher safe.",
        "Круглый чайник",
        "Пузатая глазурованная керамика, носик, с которого не капает, и крышка, "
        "которая держится до последней чашки.\n\n0,9 л, можно мыть в посудомоечной "
        "машине.",
    ),
    DemoProduct(
        "POT-IRON", "cast-iron-teapot", Decimal("64.00"), "teaware", pictures.iron_pot,
        INK, STEEL,
        "Cast-iron Teapot",
        "Keeps tea warm for an hour. Enamelled inside, dimpled outside, and heavy "
        "enough to be inherited.\n\n0.8 l, with a steel strainer.",
        "Чугунный чайник",
        "Час держит чай горячим. Внутри эмаль, снаружи узор, а весит столько, что его "
        "передают по наследству.\n\n0,8 л, со стальным ситечком.",
    ),
    DemoProduct(
        "KETTLE-GOOSE", "gooseneck-kettle", Decimal("72.50"), "teaware",
        pictures.kettle, STEEL, WALNUT,
        "Gooseneck Kettle",
        "A slow, thin, exact stream: for green tea, for filter coffee and for "
        "watering very small plants.\n\n1 l, for every hob.",
        "Чайник «Гусиная шея»",
        "Тонкая, медленная и точная струя: для зелёного чая, для фильтр-кофе и для "
        "полива очень маленьких растений.\n\n1 л, для любой плиты.",
    ),
    DemoProduct(
        "INFUSER-BALL", "tea-infuser", Decimal("6.90"), "teaware", pictures.infuser,
        STEEL, GOLD,
        "Tea Infuser",
        "Room for the leaves of two cups, holes too small for them to escape, and a "
        "hook that holds on to the rim.\n\nStainless steel, 6 cm.",
        "Ситечко для чая",
        "Места в нём на две чашки, дырочки листьям малы, а крючок держится за "
        "край.\n\nНержавеющая сталь, 6 см.",
    ),
    DemoProduct(
        "WHISK-BAMBOO", "bamboo-whisk", Decimal("18.00"), "teaware", pictures.whisk,
        SAND, PINE,
        "Bamboo Whisk",
        "Eighty tines, split by hand from one piece of bamboo. It makes the foam that "
        "matcha is known for.\n\nRinse with warm water, dry upright.",
        "Бамбуковый венчик",
        "Восемьдесят зубцов, вырезанных вручную из одного куска бамбука. Та самая "
        "пена на матче — от него.\n\nОполоснуть тёплой водой, сушить вертикально.",
    ),
    DemoProduct(
        "BOWL-MATCHA", "matcha-bowl", Decimal("34.00"), "teaware", pictures.tea_bowl,
        GLAZE, LEAF,
        "Matcha Bowl",
        "Wide enough to whisk in, shaped to be held with both hands. The white glaze "
        "runs as it likes, so no two are the same.\n\n0.4 l.",
        "Чаша для матчи",
        "Венчику в ней просторно, а держать её удобно двумя руками. Белая глазурь "
        "течёт, как ей нравится, поэтому двух одинаковых нет.\n\n0,4 л.",
    ),
    # Tableware
    DemoProduct(
        "MUG-DIPPED", "dipped-mug", Decimal("16.50"), "tableware", pictures.mug, CREAM,
        CLAY,
        "Dipped Mug",
        "Half glazed, half bare clay, with a handle for four fingers. The mug that "
        "the others in the cupboard envy.\n\n0.35 l, dishwasher safe.",
        "Кружка с глазурью",
        "Наполовину в глазури, наполовину голая глина, ручка на четыре пальца. "
        "Остальные кружки в шкафу завидуют.\n\n0,35 л, можно мыть в посудомоечной "
        "машине.",
    ),
    DemoProduct(
        "CUP-ESPRESSO-2", "espresso-cups", Decimal("22.00"), "tableware",
        pictures.espresso_cups, CLAY, GLAZE,
        "Two Espresso Cups",
        "They stack, they keep warm and they come with one saucer, as somebody always "
        "drinks standing up.\n\n2 x 80 ml.",
        "Две чашки для эспрессо",
        "Ставятся одна в другую, держат тепло, а блюдце одно: кто-нибудь всегда пьёт "
        "стоя.\n\n2 × 80 мл.",
    ),
    DemoProduct(
        "BOWL-NEST-3", "nesting-bowls", Decimal("39.00"), "tableware", pictures.bowls,
        PINE, GLAZE,
        "Three Nesting Bowls",
        "For muesli, for salad, for the dough in between. One stands in the other and "
        "all three in the space of one.\n\n0.4, 0.7 and 1.1 l.",
        "Три миски",
        "Для мюсли, для салата и для теста. Стоят одна в другой и занимают место "
        "одной.\n\n0,4; 0,7 и 1,1 л.",
    ),
    DemoProduct(
        "PLATE-SPECKLED", "speckled-plate", Decimal("19.00"), "tableware",
        pictures.plate, CREAM, WALNUT,
        "Speckled Plate",
        "Iron in the clay makes the freckles, a steady hand the brown rim. Everyday "
        "bread looks like a picnic on it.\n\n26 cm, dishwasher safe.",
        "Тарелка в крапинку",
        "Веснушки — от железа в глине, коричневый край — от твёрдой руки. Даже обычный "
        "хлеб на ней как пикник.\n\n26 см, можно мыть в посудомоечной машине.",
    ),
    DemoProduct(
        "JUG-MILK", "milk-jug", Decimal("27.50"), "tableware", pictures.jug, CREAM,
        GLAZE,
        "Milk Jug",
        "Milk in the morning, water at noon, tulips on Sunday.\n\n0.7 l, dishwasher "
        "safe.",
        "Молочник",
        "Утром молоко, днём вода, в воскресенье тюльпаны.\n\n0,7 л, можно мыть в "
        "посудомоечной машине.",
    ),
    DemoProduct(
        "VASE-BUD", "bud-vase", Decimal("14.00"), "tableware", pictures.vase, ROSE,
        LEAF,
        "Bud Vase",
        "For a single twig from the way home. The twig is not included; the way home "
        "is up to you.\n\n14 cm high.",
        "Ваза для одной ветки",
        "Для единственной веточки, сорванной по дороге домой. Веточка не прилагается, "
        "дорогу выбираете вы.\n\nВысота 14 см.",
    ),
    # Kitchen tools
    DemoProduct(
        "SPOON-OLIVE-2", "olive-wood-spoons", Decimal("13.00"), "kitchen",
        pictures.spoons, OLIVE_WOOD, WALNUT,
        "Olive Wood Spoons",
        "One to stir, one to taste. Kind to pans, warm in the hand and more beautiful "
        "with every soup.\n\nA pair, 30 cm, oiled.",
        "Ложки из оливы",
        "Одной мешать, другой пробовать. Сковород не царапают, на ощупь тёплые и с "
        "каждым супом всё красивее.\n\nПара, 30 см, пропитаны маслом.",
    ),
    DemoProduct(
        "BOARD-WALNUT", "walnut-board", Decimal("42.00"), "kitchen", pictures.board,
        WALNUT, OLIVE_WOOD,
        "Walnut Board",
        "Cut onions on one side, serve cheese on the other. From a single plank, so "
        "nothing can come unglued.\n\n38 x 22 cm.",
        "Доска из ореха",
        "На одной стороне режут лук, на другой подают сыр. Из цельной доски, поэтому "
        "расклеиться нечему.\n\n38 × 22 см.",
    ),
    DemoProduct(
        "KNIFE-CHEF", "kitchen-knife", Decimal("89.00"), "kitchen", pictures.knife,
        WALNUT, GOLD,
        "Kitchen Knife",
        "Carbon steel that takes a very fine edge and tells you, by its colour, what "
        "you have been cooking.\n\nBlade 18 cm. Wash and dry by hand.",
        "Кухонный нож",
        "Углеродистая сталь, которая берёт самую тонкую заточку, а цветом "
        "рассказывает, что вы готовили.\n\nКлинок 18 см. Мыть и вытирать руками.",
    ),
    DemoProduct(
        "PIN-ROLLING", "rolling-pin", Decimal("24.00"), "kitchen", pictures.rolling_pin,
        SAND, OLIVE_WOOD,
        "Rolling Pin",
        "Maple with a heart of steel, so the weight does the work. Good for biscuits, "
        "pasta and a clear conscience.\n\n44 cm.",
        "Скалка",
        "Клён со стальным сердцем: работает сам вес. Для печенья, для лапши и для "
        "чистой совести.\n\n44 см.",
    ),
    DemoProduct(
        "MORTAR-STONE", "stone-mortar", Decimal("46.50"), "kitchen", pictures.mortar,
        STEEL, OLIVE_WOOD,
        "Stone Mortar",
        "Granite, roughened inside, with a pestle of olive wood. Pesto and "
        "peppercorns have nowhere to go.\n\n15 cm, 3.2 kg.",
        "Каменная ступка",
        "Гранит, шершавый внутри, и пестик из оливы. Песто и перцу от неё не "
        "уйти.\n\n15 см, 3,2 кг.",
    ),
    DemoProduct(
        "PAN-IRON", "iron-skillet", Decimal("58.00"), "kitchen", pictures.skillet, INK,
        "#57524e",
        "Iron Skillet",
        "Seasoned with linseed oil before it leaves the forge. The egg slides off by "
        "itself.\n\n24 cm, for every hob and the oven.",
        "Железная сковорода",
        "Прокалена с льняным маслом ещё в кузнице. Яичница соскальзывает сама.\n\n24 "
        "см, для любой плиты и духовки.",
    ),
    # Linen
    DemoProduct(
        "TOWEL-STRIPE", "striped-tea-towel", Decimal("11.00"), "linen",
        pictures.tea_towel, CREAM, CLAY,
        "Striped Tea Towel",
        "Half linen, half cotton: dries glasses without lint from the first day and "
        "gets softer in every wash.\n\n50 x 70 cm, with a loop.",
        "Полотенце в полоску",
        "Половина льна, половина хлопка: вытирает бокалы без ворсинок с первого дня и "
        "становится мягче с каждой стиркой.\n\n50 × 70 см, с петелькой.",
    ),
    DemoProduct(
        "NAPKIN-LINEN-5", "linen-napkins", Decimal("36.00"), "linen", pictures.napkins,
        PINE, ROSE,
        "Five Linen Napkins",
        "Washed linen that nobody has to iron. Five, because one of the six always "
        "goes missing.\n\n42 x 42 cm.",
        "Пять льняных салфеток",
        "Стираный лён, который никому не надо гладить. Пять, потому что шестая всегда "
        "куда-то пропадает.\n\n42 × 42 см.",
    ),
    DemoProduct(
        "APRON-CANVAS", "canvas-apron", Decimal("38.00"), "linen", pictures.apron,
        GLAZE, WALNUT,
        "Canvas Apron",
        "Firm cotton canvas, long ties and one pocket for the phone with the recipe "
        "on it.\n\nOne size, 70 x 85 cm.",
        "Фартук из парусины",
        "Плотный хлопок, длинные завязки и один карман для телефона с "
        "рецептом.\n\nОдин размер, 70 × 85 см.",
    ),
    DemoProduct(
        "MITT-QUILTED", "quilted-oven-mitt", Decimal("15.50"), "linen",
        pictures.oven_mitt, ROSE, CREAM,
        "Quilted Oven Mitt",
        "Three layers between you and 250 °C. Fits the left hand as well as the "
        "right.\n\nCotton, 32 cm, washable.",
        "Стёганая прихватка",
        "Три слоя между вами и 250 °C. Одинаково хороша на левой и на правой "
        "руке.\n\nХлопок, 32 см, можно стирать.",
    ),
    # Pantry
    DemoProduct(
        "HONEY-WILD", "wildflower-honey", Decimal("9.80"), "pantry", pictures.jar, GOLD,
        WALNUT,
        "Wildflower Honey",
        "From hives between an orchard and a railway line. Spun cold; it will set, "
        "and a warm spoon will change its mind.\n\n500 g.",
        "Мёд с луговых цветов",
        "С пасеки между садом и железной дорогой. Холодной откачки: загустеет, но "
        "тёплая ложка его уговорит.\n\n500 г.",
    ),
    DemoProduct(
        "JAM-APRICOT", "apricot-jam", Decimal("7.20"), "pantry", pictures.jam_jar,
        "#dd8a45", ROSE,
        "Apricot Jam",
        "Ripe apricots, a little sugar and a squeeze of lemon, cooked in small pots. "
        "There are pieces in it.\n\n340 g.",
        "Абрикосовое варенье",
        "Спелые абрикосы, немного сахара и сок лимона. Сварено маленькими порциями, с "
        "кусочками.\n\n340 г.",
    ),
    DemoProduct(
        "OIL-OLIVE", "olive-oil", Decimal("17.90"), "pantry", pictures.bottle, PINE,
        "#8b8f3f",
        "Olive Oil",
        "Picked green in October, pressed the same night. Peppery at the end, as it "
        "should be.\n\n0.5 l.",
        "Оливковое масло",
        "Из зелёных октябрьских оливок, отжато в ночь после сбора. В конце щиплет "
        "перцем, как и положено.\n\n0,5 л.",
    ),
    DemoProduct(
        "SALT-PIG", "salt-cellar", Decimal("21.00"), "pantry", pictures.salt_pig, CLAY,
        "#fdfaf4",
        "Salt Cellar with Sea Salt",
        "A wide mouth for quick fingers, a hood against the steam, and the first 250 "
        "g of flaky sea salt.\n\nStoneware, 13 cm.",
        "Солонка с морской солью",
        "Широкое горло для быстрых пальцев, навес от пара и первые 250 г морской соли "
        "хлопьями.\n\nКерамика, 13 см.",
    ),
    DemoProduct(
        "CHOC-DARK", "dark-chocolate", Decimal("5.60"), "pantry", pictures.chocolate,
        WALNUT, CLAY,
        "Dark Chocolate",
        "70 % cocoa, three ingredients, made bean to bar. Snaps when you break it and "
        "goes well with smoke and bergamot.\n\n80 g.",
        "Горький шоколад",
        "70 % какао, три ингредиента, от боба до плитки. Ломается с хрустом и хорош "
        "с дымом и бергамотом.\n\n80 г.",
    ),
)  # fmt: skip
