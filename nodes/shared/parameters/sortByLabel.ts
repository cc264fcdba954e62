interface Labelled {
	name: string;
	displayName?: string;
}

/**
 * In the order of the alphabet, as n8n wants lists of parameters and choices. Labels are English: to compare them by the
 * rules of a language would load those rules, which takes longer than to build all descriptions.
 */
export function sortByLabel<T extends Labelled>(labelled: readonly T[]): T[] {
	return labelled.toSorted((one, other) => (label(one) < label(other) ? -1 : 1));
}

function label({ displayName, name }: Labelled): string {
	return (displayName ?? name).toLowerCase();
}
