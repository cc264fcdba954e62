import type { Rival } from './rivals';
import type { Sizes } from './sizes';
import type { Figure } from './table';

/** One part of the bench: it measures, and tells each figure as soon as it has it. */
export type Section = (sizes: Sizes, rivals: readonly Rival[]) => AsyncIterable<Figure>;
