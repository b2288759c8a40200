// What the loss explorer knows: what Python sent, and what follows from the settings.

import { fuseLogits, fuseProbabilities, judge } from "./math.js";

/** A map with its losses, as math.js makes it.
 * @typedef {{ values: ArrayLike<number>, probabilities: Float32Array, losses: Float32Array,
 *   loss: number, outside?: number }} Judged */

const floats = (bytes) =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const tableOf = (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A list with one of its values replaced. */
export const replaced = (list, index, value) => list.map((old, i) => (i === index ? value : old));

export function lossState(tie) {
  const { terms, size } = tie.get("network");
  const pixels = size[0] * size[1];
  const [grey, heat] = ["saliency", "loss"].map((scale) => tableOf(tie.get("palettes")[scale]));
  const before = () => tie.get("sigmoid") === "before";
  const state = {
    terms, size, pixels, grey, heat, before,
    learned: tie.get("learned"), // the fusion's weights, and last its bias
    mask: new Float32Array(0),
    /** @type {Judged[]} */ sides: [],
    /** @type {Judged[]} */ fused: [], // with the sigmoid after the fusion, and before it
    /** The weight with which each term counts: 0 where it is off. */
    counted: () => tie.get("weights").map((weight, i) => (tie.get("on")[i] ? weight : 0)),
    /** The seven maps, the fused one first. */
    results: () => [state.fused[before() ? 1 : 0], ...state.sides],
    /** Which of them is looked at. */
    chosen: () => Math.max(terms.indexOf(tie.get("selected")), 0),
    /** Takes in what Python sent. */
    load: () => {
      state.mask = floats(tie.get("mask"));
      const all = floats(tie.get("sides"));
      state.sides = terms.slice(1).map((_, k) => judge(all.subarray(k * pixels, (k + 1) * pixels), state.mask));
    },
    /** Joins the sides in both ways. */
    fuse: () => {
      const [weights, bias] = [tie.get("fuse_weights"), tie.get("fuse_bias")];
      state.fused = [fuseLogits, fuseProbabilities].map((way) => way(state.sides, weights, bias, state.mask));
    },
  };
  return state;
}
