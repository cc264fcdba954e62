import type { Rival } from './rivals';
import type { Sizes } from './sizes';
import type { Figure } from './table';

/** One section of the bench. It yields each figure as soon as it is measured. */
export type Section = (sizes: Sizes, rivals: readonly Rival[]) => AsyncIterable<Figure>;
