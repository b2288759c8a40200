// The arithmetic of the seven losses, as Python has it in training/loss.py; tests hold the two
// together. Maps are flat arrays, row by row.

export function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x); // of a negative number: cannot overflow
  return e / (1 + e);
}

// Binary cross-entropy from a logit: the logarithm of a sigmoid, without ever taking one, so that
// no confident mistake becomes the logarithm of 0.
export function lossOfLogit(x, truth) {
  return Math.max(x, 0) - x * truth + Math.log1p(Math.exp(-Math.abs(x)));
}

// From a probability, as torch has it: neither logarithm falls below -100.
export function lossOfProbability(p, truth) {
  return -truth * Math.max(Math.log(p), -100) - (1 - truth) * Math.max(Math.log1p(-p), -100);
}

// {values, probabilities, losses, loss (the mean)} of a map of logits.
export function judge(logits, mask) {
  const [probabilities, losses] = [new Float32Array(logits.length), new Float32Array(logits.length)];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    probabilities[i] = sigmoid(logits[i]);
    const loss = lossOfLogit(logits[i], mask[i]);
    losses[i] = loss;
    sum += loss;
  }
  return { values: logits, probabilities, losses, loss: sum / logits.length };
}

function weightedSum(maps, weights, bias) {
  const sum = new Float64Array(maps[0].length).fill(bias);
  maps.forEach((map, k) => {
    for (let i = 0; i < sum.length; i++) sum[i] += weights[k] * map[i];
  });
  return sum;
}

// The fused map with the sigmoid after the fusion: of the weighted sum of logits.
export function fuseLogits(sides, weights, bias, mask) {
  return judge(weightedSum(sides.map((side) => side.values), weights, bias), mask);
}

// With the sigmoid before it: a weighted sum of probabilities. `outside` of them are none any more;
// they are cut to 0 … 1, or there would be no loss.
export function fuseProbabilities(sides, weights, bias, mask) {
  const values = weightedSum(sides.map((side) => side.probabilities), weights, bias);
  const [probabilities, losses] = [new Float32Array(values.length), new Float32Array(values.length)];
  let [sum, outside] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const p = Math.min(Math.max(values[i], 0), 1);
    if (p !== values[i]) outside++;
    const loss = lossOfProbability(p, mask[i]);
    probabilities[i] = p;
    losses[i] = loss;
    sum += loss;
  }
  return { values, probabilities, losses, loss: sum / values.length, outside };
}

// The least and the most that a weighted sum of probabilities can be.
export function reachOf(weights, bias) {
  const part = (sign) => weights.filter((w) => w * sign > 0).reduce((a, w) => a + w, bias);
  return [part(-1), part(1)];
}

export function extremes(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// Of each term its share of a stage's gradient, from the scalar products of the terms' gradients;
// null where the stage gets none.
export function sharesOf(products, weights) {
  const along = products.map((row, i) => weights[i] * row.reduce((a, p, j) => a + p * weights[j], 0));
  const all = along.reduce((a, b) => a + b, 0);
  return all > 0 ? along.map((part) => part / all) : null;
}
