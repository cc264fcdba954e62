/** What went wrong in all that was tried; `tried` items. */
export interface Counts {
	tried: number;
	wrongSums: string[];
	lost: string[];
	doubled: string[];
}

/** One of several, as the property test chooses it. */
export type OneOf = <T>(from: readonly T[]) => T;
