/** Whether what a person has written into a parameter leaves it to the model to fill it in. */
export function isByModel(written: unknown): boolean {
	return /\$fromai/i.test(JSON.stringify(written ?? ''));
}
