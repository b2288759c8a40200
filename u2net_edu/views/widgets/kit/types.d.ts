// What the modules hand one another, for the type checker; nothing of it reaches a page.

/** The model of a widget as anywidget gives it, or the one that stands in for it in our own page. */
export interface Model {
  get(trait: string): any;
  set(trait: string, value: any): void;
  save_changes(): void;
  on(event: string, action: () => void): void;
  off(event: string, action: () => void): void;
  widget_manager?: any;
}

/** What anywidget calls `render` with. */
export interface Page {
  model: Model;
  el: HTMLElement;
}

/** A widget's tie to its model and its place in the page; `mount` of dom.js makes it. */
export interface Tie {
  root: HTMLElement;
  live(): boolean;
  get(trait: string): any;
  set(changes: Record<string, any>): void;
  listen(traits: string[], action: () => void): void;
  onKernel(action: () => void): void;
  onLeave(action: () => void): void;
  leave(): void;
}

/** Row and column. */
export type Cell = number[];

/** A part of a widget: its nodes, and what draws them anew. */
export interface Part {
  node: HTMLElement;
  show(): void;
}
