"""The words of the course: what each means, its Chinese term, the notebook that introduces it.

Plain data, in the order of the alphabet. `glossary.py` shows it and writes `notebooks/glossary.md`.
"""

import re
from dataclasses import dataclass

NOTEBOOKS = {
    name[:2]: name
    for name in (
        "00_start_here",
        "01_one_convolution",
        "02_down_up_and_odd_sizes",
        "03_build_an_rsu",
        "04_receptive_fields",
        "05_why_rsu4f_dilates",
        "06_stage_by_stage",
        "07_what_does_it_cost",
        "08_seven_outputs_one_loss",
        "09_train_in_class",
        "10_what_does_each_part_do",
    )
}
"""Number → file, without its ending."""


@dataclass(frozen=True)
class Term:
    """One word of the course.

    `also` are other forms under which it is met and found; `notebook` is a number of `NOTEBOOKS`.
    `meaning` is a sentence or two, with `backticks` and *stars* as in Markdown.
    """

    name: str
    chinese: str
    notebook: str
    meaning: str
    also: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Its place in `notebooks/glossary.md`."""
        return re.sub(r"[()]", "", self.name).lower().replace(" ", "-")

    @property
    def word(self) -> str:
        """The name without what explains it in brackets, as it stands in a text."""
        return self.name.split(" (")[0]


TERMS = (
    Term(
        "ablation",
        "消融实验",
        "10",
        "Building a network without one of its parts, training it again by the same recipe, and "
        "comparing: it tells what can be learned without the part. A cut in a trained network "
        "tells what that network uses.",
    ),
    Term(
        "activation",
        "激活值",
        "01",
        "A number that a layer gives for one picture, at one place of one channel. Weights stay "
        "the same from picture to picture, activations do not.",
    ),
    Term(
        "batch norm",
        "批归一化",
        "03",
        "A layer that shifts and stretches each channel so that, over a batch of pictures, its "
        "numbers have mean 0 and spread 1, and then lets two learnt numbers choose another mean "
        "and spread. In use it takes averages remembered from training.",
        also=("batch normalisation", "batch normalization"),
    ),
    Term(
        "bilinear interpolation",
        "双线性插值",
        "02",
        "A way to resize a map: each new pixel is a mixture of the four old ones around its "
        "place, the nearer the more. It makes a map larger, not sharper.",
        also=("bilinearly", "bilinear"),
    ),
    Term(
        "binary cross-entropy",
        "二元交叉熵",
        "08",
        "The usual loss for a question with two answers: the negative logarithm of the "
        "probability that was given to the right one. Always saying one half costs ln 2.",
        also=("BCE",),
    ),
    Term(
        "bottleneck",
        "瓶颈",
        "00",
        "The lowest point of a U, where the map is smallest; everything that reaches the way up "
        "from there has to pass through it.",
    ),
    Term(
        "ceil mode",
        "向上取整",
        "02",
        "What a pool does with a row that does not divide evenly: it rounds up. It turns 5 pixels "
        "into 3, and its last window is cut.",
    ),
    Term(
        "channel",
        "通道",
        "00",
        "One of the maps that are stacked between two layers. A photograph has three: red, green "
        "and blue.",
    ),
    Term(
        "concatenation",
        "拼接",
        "00",
        "Stacking the channels of two maps of the same size: 64 and 64 make 128. It keeps both; a "
        "sum would mix them.",
        also=("concatenated", "concatenate", "concatenates"),
    ),
    Term(
        "convolution",
        "卷积",
        "01",
        "A small window of weights that slides over a map. Wherever it stands, it gives one "
        "number: the sum of products of weights and what lies under them.",
    ),
    Term(
        "correlation",
        "相关系数",
        "06",
        "How much two maps rise and fall together, from 1 (always) over 0 (no connection) to -1 "
        "(one rises exactly where the other falls).",
    ),
    Term(
        "decoder",
        "解码器",
        "00",
        "The half of the network on the way up, `de5` to `de1`: from small maps that know what is "
        "there, back to large ones that say where.",
    ),
    Term(
        "deep supervision",
        "深监督",
        "08",
        "Giving inner stages a loss of their own, so that each gets its error directly, not only "
        "through all the stages after it. U²-Net has six such side answers besides the fused one.",
        also=("deeply supervised",),
    ),
    Term(
        "depth (of an RSU)",
        "深度",
        "00",
        "The number of an RSU's layers on the way down, the bottom one among them. An RSU-7 "
        "has depth 7, and five pools.",
    ),
    Term(
        "dilated convolution",
        "空洞卷积",
        "01",
        "A convolution whose taps stand apart: it spans more pixels with the same number of "
        "weights. Also called atrous convolution.",
        also=("atrous convolution",),
    ),
    Term(
        "dilation",
        "空洞率（膨胀率）",
        "01",
        "The step from one tap of a kernel to the next. 1 means neighbours, no hole; with 2 there "
        "is one pixel between them.",
        also=("dilation rate",),
    ),
    Term(
        "downsampling",
        "下采样",
        "02",
        "Making a map smaller. In U²-Net always by max pooling, to half its height and width.",
        also=("downsample", "downsampled"),
    ),
    Term(
        "effective receptive field",
        "有效感受野",
        "04",
        "What one output pixel listens to, on one picture and with given weights: how strongly "
        "each input pixel moves it. It lies inside the receptive field and is usually much "
        "smaller.",
        also=("effective field",),
    ),
    Term(
        "encoder",
        "编码器",
        "00",
        "The half of the network on the way down, `en1` to `en6`: smaller and smaller maps, each "
        "pixel of which has seen more and more of the picture.",
    ),
    Term(
        "feature map",
        "特征图",
        "00",
        "What a layer gives: a stack of maps, one for each channel. Large numbers stand where the "
        "layer found what it looks for.",
    ),
    Term(
        "fusion",
        "融合",
        "00",
        "The last layer of U²-Net, `fuse`: a 1×1 convolution that weighs the six side maps, pixel "
        "by pixel, into one.",
        also=("fuse", "fused"),
    ),
    Term(
        "gradient",
        "梯度",
        "04",
        "By how much a number would change if each of the numbers it was made of changed a "
        "little. With the error and the weights it is what training follows; with an output and "
        "the picture it tells what the output listens to.",
    ),
    Term(
        "gridding",
        "网格效应",
        "01",
        "The holes that a stack of equal dilations leaves: some pixels are never read, in a "
        "regular grid.",
    ),
    Term(
        "ground truth",
        "真值",
        "08",
        "The right answer that comes with a picture of the training set; here a mask drawn by a "
        "person, or by the program that drew the scene.",
    ),
    Term(
        "intersection over union",
        "交并比",
        "09",
        "How well two masks agree: the pixels in both, divided by the pixels in either. 1 is "
        "perfect, 0 is nothing in common.",
        also=("IoU",),
    ),
    Term(
        "intervention",
        "干预",
        "10",
        "Changing what one part of a network gives, or what one reader gets of it, and letting "
        "everything else run as before.",
    ),
    Term(
        "kernel",
        "卷积核",
        "01",
        "The weights of a convolution's window: in U²-Net, 3×3 of them for each input channel and "
        "each output channel, in all layers except one.",
    ),
    Term(
        "knock-out",
        "敲除",
        "10",
        "Silencing the parts of a trained network one after the other, and measuring each time how "
        "much worse its answer is.",
    ),
    Term(
        "latency",
        "延迟",
        "07",
        "The time from the picture going in to the answer coming out. It depends on the machine, "
        "and on more than the number of multiplications.",
    ),
    Term(
        "learning rate",
        "学习率",
        "08",
        "How far each step of training moves the weights along the gradient. Too small, and "
        "nothing happens; too large, and the loss jumps about or grows.",
    ),
    Term(
        "logit",
        "对数几率",
        "00",
        "An answer before the sigmoid: any number; 0 means *can't say*, above it yes, below it no.",
    ),
    Term(
        "loss",
        "损失",
        "08",
        "One number for how wrong an answer is. Training changes the weights so that it falls.",
    ),
    Term(
        "MAC",
        "乘加运算",
        "03",
        "One multiplication and one addition, the unit in which the computing of a network is "
        "counted. Some tools count both separately and call it two FLOPs.",
        also=("multiply-accumulate",),
    ),
    Term(
        "max pooling",
        "最大池化",
        "02",
        "Making a map smaller by keeping the largest of each 2×2 pixels. Where in the four it was "
        "is forgotten.",
        also=("max pool", "max-pooling"),
    ),
    Term(
        "memory bandwidth",
        "内存带宽",
        "07",
        "How many bytes per second a machine can fetch from its memory. A layer that computes "
        "little with each number waits for the memory, not for arithmetic.",
    ),
    Term(
        "occlusion",
        "遮挡法",
        "04",
        "Covering one patch of a picture after the other, and watching how far an answer moves. It "
        "shows what a large change does, where a gradient shows what a small one does.",
    ),
    Term(
        "overfitting",
        "过拟合",
        "09",
        "Learning the training pictures by heart: the error falls on them and rises on new ones.",
        also=("overfit", "overfits"),
    ),
    Term(
        "padding",
        "填充",
        "01",
        "Rows of zeros put around a map before a window slides over it, so that the output is as "
        "large as the input.",
    ),
    Term(
        "parameter",
        "参数",
        "03",
        "A number that training sets: the weights and biases of convolutions, and two numbers for "
        "each channel of a batch norm.",
    ),
    Term(
        "path",
        "路径",
        "00",
        "The name of a part of the network, the same everywhere in this course: `en1` a stage, "
        "`en1.enc2` a layer in it, `en1.enc2.conv` that layer's convolution.",
    ),
    Term(
        "receptive field",
        "感受野",
        "01",
        "The pixels of the picture that one output pixel can depend on, whatever the weights.",
    ),
    Term(
        "ReLU",
        "线性整流函数",
        "03",
        "Rectified linear unit: numbers below zero become zero, all others stay. Without "
        "something of the kind, many layers would be no more than one.",
    ),
    Term(
        "residual connection",
        "残差连接",
        "03",
        "A path around some layers: what went in is added to what comes out, so the layers only "
        "need to learn the difference. In an RSU the output of its first layer is added.",
        also=("residual",),
    ),
    Term(
        "residual U-block (RSU)",
        "残差 U 形块",
        "00",
        "The block that U²-Net is made of, RSU for short: a small U of layers, whose result is "
        "added to what its first layer gave.",
        also=("RSU",),
    ),
    Term(
        "resolution",
        "分辨率",
        "00",
        "How many pixels a map has, in height and width. Half the resolution means that one pixel "
        "stands for four.",
    ),
    Term(
        "roofline",
        "屋顶线模型",
        "07",
        "A picture of what limits a layer: below a slanted roof the memory that brings the "
        "numbers, below a flat one the arithmetic.",
    ),
    Term(
        "saliency map",
        "显著图",
        "00",
        "The answer of the network: for each pixel a number from 0 to 1 that says how sure it is "
        "that the pixel belongs to what stands out.",
    ),
    Term(
        "salient object detection",
        "显著性目标检测",
        "00",
        "Marking every pixel that belongs to what a person would look at first: not what it is, "
        "only where it is.",
    ),
    Term(
        "sigmoid",
        "Sigmoid 函数",
        "00",
        "The S-shaped curve that turns a logit into a probability: 0 becomes one half, large "
        "numbers nearly 1, negative ones nearly 0.",
    ),
    Term(
        "skip connection",
        "跳跃连接",
        "02",
        "A path across the U: a map of the encoder is passed to the decoder stage of the same "
        "size, and brings back the detail that the pools have lost.",
        also=("skip",),
    ),
    Term(
        "stride",
        "步长",
        "01",
        "How far the window of a convolution or a pool moves in one step. With 2 the output has "
        "half the height and width.",
    ),
    Term(
        "supervision",
        "监督",
        "08",
        "Telling a network during training what the right answer is.",
    ),
    Term(
        "upsampling",
        "上采样",
        "02",
        "Making a map larger. In U²-Net always by bilinear interpolation, to the size of the map "
        "that it will be joined with.",
        also=("upsample", "upsampled"),
    ),
    Term(
        "weight",
        "权重",
        "00",
        "One of the numbers by which a layer multiplies, found by training. *The weights* of a "
        "network are all of them, as a file.",
    ),
)
