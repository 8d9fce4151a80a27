"""The drawings themselves: each returns a finished product picture."""

from infra.sandbox.samples.canvas import Canvas, Color, Shape, Stops, curve

WHITE: Color = (255, 255, 255)
INK: Color = (34, 32, 44)


def mug() -> Canvas:
    canvas = Canvas((243, 226, 211), (226, 199, 178))
    canvas.stand(440, 838, 400)
    glaze: Stops = (
        (0.0, (22, 84, 92)),
        (0.18, (40, 134, 140)),
        (0.34, (92, 186, 186)),
        (0.6, (32, 118, 126)),
        (1.0, (14, 62, 72)),
    )
    handle = Shape().ring(640, 612, 112, 136, 44)
    canvas.fill(handle, ((0.0, (20, 84, 92)), (0.7, (44, 140, 146)), (1.0, (16, 70, 80))))
    body = Shape().rectangle(260, 420, 640, 840, 62)
    body.rectangle(260, 420, 640, 640, 0)
    canvas.fill(body, glaze)
    # The unglazed foot, and light along the side.
    foot = Shape().rectangle(230, 770, 680, 900, 0).within(body)
    canvas.fill(foot, ((0.0, (176, 140, 108)), (0.32, (236, 208, 178)), (1.0, (140, 106, 80))))
    canvas.glow(Shape().rectangle(330, 470, 356, 740, 13), WHITE, 8, 0.55)
    canvas.paint(Shape().ellipse(450, 420, 190, 46), (196, 234, 232))
    canvas.paint(Shape().ellipse(450, 423, 174, 38), (18, 60, 68))
    coffee = Shape().ellipse(450, 436, 160, 29)
    canvas.fill(coffee, ((0.0, (84, 48, 30)), (0.5, (132, 82, 52)), (1.0, (70, 38, 24))))
    _leaf(canvas, 450, 610)
    for x, top in ((372, 230), (450, 180), (528, 240)):
        steam = Shape().line(13, *curve((x, 372), (x + 22, 326), (x - 14, 278), (x + 10, top)))
        canvas.glow(steam, WHITE, 16, 0.55)
    return canvas


def _leaf(canvas: Canvas, x: float, y: float) -> None:
    gold: Color = (250, 226, 178)
    canvas.paint(Shape().line(6, *curve((x, y + 96), (x - 4, y + 20), (x + 2, y - 92))), gold)
    for step in range(4):
        lift, reach = y + 60 - step * 40, 78 - step * 11
        for side in (-1, 1):
            tip = (x + side * reach, lift - 48)
            leaf = [
                *curve((x, lift), (x + side * reach * 0.42, lift - 44), tip),
                *curve(tip, (x + side * reach * 0.62, lift - 4), (x, lift)),
            ]
            canvas.paint(Shape().polygon(*leaf), gold)


def backpack() -> Canvas:
    canvas = Canvas((214, 226, 240), (186, 202, 222))
    canvas.stand(450, 884, 470)
    canvas.paint(Shape().ring(450, 232, 66, 62, 22), (52, 44, 84))
    for side in (-1, 1):
        strap = curve((450 + side * 150, 300), (450 + side * 262, 470), (450 + side * 232, 800))
        canvas.paint(Shape().line(46, *strap), (58, 48, 96))
    cloth: Stops = (
        (0.0, (72, 58, 128)),
        (0.28, (122, 104, 196)),
        (0.55, (98, 80, 172)),
        (1.0, (54, 42, 102)),
    )
    body = Shape().rectangle(240, 236, 660, 886, 150)
    body.rectangle(240, 560, 660, 886, 72)
    canvas.fill(body, cloth)
    canvas.glow(Shape().rectangle(292, 330, 330, 560, 19), WHITE, 20, 0.26)
    # The lid's zipper goes round the top.
    zipper = curve(
        (268, 520), (280, 380), (352, 300), (450, 280), (548, 300), (620, 380), (632, 520)
    )
    canvas.paint(Shape().line(13, *zipper), (44, 34, 82))
    canvas.paint(Shape().line(4, *zipper), (206, 198, 236))
    pocket = Shape().rectangle(286, 590, 614, 840, 54)
    canvas.glow(Shape().rectangle(286, 598, 614, 852, 54), (30, 22, 60), 16, 0.5)
    canvas.fill(pocket, ((0.0, (104, 86, 180)), (0.4, (150, 132, 222)), (1.0, (84, 66, 152))))
    canvas.paint(Shape().line(11, (318, 640), (582, 640)), (62, 50, 110))
    canvas.paint(Shape().line(4, (318, 640), (582, 640)), (214, 206, 240))
    tag = Shape().rectangle(408, 700, 492, 762, 10)
    canvas.fill(tag, ((0.0, (232, 168, 92)), (1.0, (204, 132, 62))), vertical=True)
    canvas.paint(Shape().ellipse(450, 731, 15, 15), (122, 70, 26))
    for x, y in ((576, 640), (632, 520)):
        canvas.paint(Shape().rectangle(x - 8, y, x + 8, y + 52, 8), (232, 168, 92))
    return canvas


def sneaker() -> Canvas:
    canvas = Canvas((250, 232, 226), (238, 204, 196))
    canvas.stand(450, 806, 760)
    upper = [
        *curve((128, 740), (118, 640), (136, 540), (168, 466), (214, 440)),
        *curve((214, 440), (262, 470), (322, 470), (372, 424)),
        *curve((372, 424), (430, 470), (520, 560), (640, 606), (744, 640), (790, 700), (786, 748)),
    ]
    shape = Shape().polygon(*upper)
    canvas.fill(
        shape,
        ((0.0, (226, 74, 58)), (0.35, (250, 116, 92)), (0.7, (240, 92, 74)), (1.0, (202, 56, 46))),
    )
    canvas.glow(Shape().ellipse(400, 560, 150, 40).within(shape), WHITE, 30, 0.22)
    toe = Shape().ellipse(790, 760, 150, 128).within(shape)
    canvas.fill(toe, ((0.0, (255, 214, 200)), (1.0, (246, 176, 158))))
    heel = Shape().polygon((100, 560), (196, 540), (214, 760), (100, 760)).within(shape)
    canvas.fill(heel, ((0.0, (136, 28, 34)), (1.0, (178, 44, 44))))
    _side_wave(canvas, shape)
    tongue = Shape().polygon(*curve((322, 470), (352, 390), (398, 372), (420, 420)), (392, 470))
    canvas.fill(tongue, ((0.0, (255, 236, 228)), (1.0, (240, 196, 184))))
    for step in range(5):
        x, y = 396 + step * 44, 466 + step * 35
        canvas.paint(Shape().line(15, (x - 34, y + 26), (x + 30, y - 12)), (120, 30, 34), 0.25)
        canvas.paint(Shape().line(13, (x - 34, y + 20), (x + 30, y - 18)), WHITE)
    collar = curve((168, 470), (214, 442), (262, 472), (322, 472), (368, 430))
    canvas.paint(Shape().line(20, *collar), (150, 34, 38))
    _sole(canvas)
    return canvas


def _side_wave(canvas: Canvas, shape: Shape) -> None:
    wave = [
        *curve((214, 690), (330, 700), (440, 660), (540, 574)),
        *curve((560, 596), (470, 716), (340, 750), (214, 730)),
    ]
    canvas.paint(Shape().polygon(*wave).within(shape), WHITE, 0.95)


def _sole(canvas: Canvas) -> None:
    sole = [
        *curve((112, 728), (300, 744), (540, 748), (796, 730)),
        *curve((812, 762), (796, 800), (740, 812)),
        *curve((740, 812), (500, 816), (300, 812), (150, 806), (116, 780)),
    ]
    shape = Shape().polygon(*sole)
    stops: Stops = ((0.0, WHITE), (0.6, (244, 240, 240)), (1.0, (206, 198, 200)))
    canvas.fill(shape, stops, vertical=True)
    canvas.paint(
        Shape().line(6, *curve((116, 780), (320, 788), (560, 790), (806, 772))), (226, 90, 74)
    )


def lamp() -> Canvas:
    canvas = Canvas((52, 58, 84), (70, 66, 90))
    canvas.stand(450, 896, 330)
    canvas.glow(Shape().ellipse(450, 420, 300, 280), (255, 206, 130), 130, 0.5)
    canvas.glow(Shape().ellipse(450, 890, 300, 60), (255, 220, 150), 60, 0.5)
    beam = Shape().polygon((320, 500), (580, 500), (680, 860), (220, 860))
    canvas.glow(beam, (255, 214, 140), 110, 0.4)
    brass: Stops = (
        (0.0, (128, 88, 40)),
        (0.35, (240, 206, 138)),
        (0.6, (196, 148, 78)),
        (1.0, (104, 68, 30)),
    )
    canvas.fill(Shape().rectangle(438, 470, 462, 872, 12), brass)
    base = Shape().ellipse(450, 884, 138, 34)
    canvas.fill(base, brass)
    canvas.fill(
        Shape().ellipse(450, 872, 138, 32),
        ((0.0, (170, 124, 62)), (0.4, (255, 228, 166)), (1.0, (150, 104, 50))),
    )
    shade = [
        *curve((352, 226), (420, 216), (480, 216), (548, 226)),
        *curve((548, 226), (590, 340), (650, 486)),
        *curve((650, 486), (520, 516), (380, 516), (250, 486)),
        *curve((250, 486), (310, 340), (352, 226)),
    ]
    cloth: Stops = (
        (0.0, (226, 178, 112)),
        (0.3, (255, 240, 204)),
        (0.62, (255, 226, 170)),
        (1.0, (204, 148, 88)),
    )
    canvas.fill(Shape().polygon(*shade), cloth)
    rim = curve((250, 486), (380, 516), (520, 516), (650, 486))
    canvas.paint(Shape().line(9, *rim), (188, 132, 70))
    canvas.paint(
        Shape().line(8, *curve((352, 226), (420, 216), (480, 216), (548, 226))), (188, 132, 70)
    )
    canvas.glow(Shape().ellipse(450, 400, 110, 90), WHITE, 50, 0.5)
    return canvas


def serum() -> Canvas:
    canvas = Canvas((224, 236, 222), (198, 216, 196))
    canvas.stand(450, 876, 300)
    glass: Stops = (
        (0.0, (110, 52, 16)),
        (0.16, (206, 118, 42)),
        (0.34, (240, 168, 84)),
        (0.62, (190, 98, 30)),
        (1.0, (92, 40, 12)),
    )
    canvas.fill(Shape().rectangle(400, 392, 500, 480, 16), glass)
    body = Shape().rectangle(306, 450, 594, 880, 66)
    canvas.fill(body, glass)
    canvas.paint(Shape().rectangle(306, 450, 594, 560, 66).within(body), (255, 214, 150), 0.22)
    canvas.glow(Shape().rectangle(338, 500, 356, 830, 9), WHITE, 6, 0.6)
    canvas.glow(Shape().rectangle(566, 500, 574, 830, 4), WHITE, 5, 0.35)
    collar: Stops = (
        (0.0, (30, 30, 36)),
        (0.3, (112, 112, 122)),
        (0.6, (52, 52, 60)),
        (1.0, (18, 18, 24)),
    )
    canvas.fill(Shape().rectangle(388, 336, 512, 414, 12), collar)
    for x in range(396, 512, 12):
        canvas.paint(Shape().line(3, (x, 344), (x, 406)), (12, 12, 16), 0.5)
    rubber: Stops = ((0.0, (48, 48, 56)), (0.32, (134, 134, 146)), (1.0, (26, 26, 32)))
    canvas.fill(Shape().rectangle(412, 196, 488, 344, 38), rubber)
    label = Shape().rectangle(306, 566, 594, 790, 0).within(body)
    canvas.fill(label, ((0.0, (214, 206, 190)), (0.3, (255, 252, 244)), (1.0, (206, 196, 178))))
    canvas.paint(Shape().line(5, (400, 734), (500, 734)), INK, 0.75)
    canvas.paint(Shape().line(4, (420, 756), (480, 756)), INK, 0.45)
    canvas.paint(Shape().ring(450, 648, 44, 44, 5), (72, 110, 74))
    sprig = curve((450, 684), (448, 648), (452, 616))
    canvas.paint(Shape().line(4, *sprig), (72, 110, 74))
    for side, y in ((-1, 664), (1, 650), (-1, 638)):
        leaf = [
            *curve((450, y), (450 + side * 14, y - 16), (450 + side * 26, y - 16)),
            *curve((450 + side * 26, y - 16), (450 + side * 18, y - 2), (450, y)),
        ]
        canvas.paint(Shape().polygon(*leaf), (72, 110, 74))
    return canvas
