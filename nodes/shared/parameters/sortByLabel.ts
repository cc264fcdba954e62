interface Labelled {
	name: string;
	displayName?: string;
}

/**
 * Sorts alphabetically, as n8n requires for lists of parameters and choices. Labels are English. A locale-aware comparison would
 * load collation data, which takes longer than building all descriptions.
 */
export function sortByLabel<T extends Labelled>(labelled: readonly T[]): T[] {
	return labelled.toSorted((one, other) => (label(one) < label(other) ? -1 : 1));
}

function label({ displayName, name }: Labelled): string {
	return (displayName ?? name).toLowerCase();
}
