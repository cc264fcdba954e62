/**
 * Parses the format in which n8n stores executions, that of the package flatted: an array of values in which
 * every string inside an object or a list is the index of another value, so that an object that occurs twice is
 * written once.
 */
export function unflatten(text: string): unknown {
	const values = JSON.parse(text) as unknown[];
	const meant = (value: unknown) => (typeof value === 'string' ? values[Number(value)] : value);
	for (const value of values) {
		if (Array.isArray(value)) value.forEach((element, index) => (value[index] = meant(element)));
		else if (isRecord(value)) for (const key of Object.keys(value)) value[key] = meant(value[key]);
	}
	return values[0];
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
