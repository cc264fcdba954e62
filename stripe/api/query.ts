type Query = string | Query[] | QueryParams;
interface QueryParams {
	[name: string]: Query;
}

/** Appends parameters to a path in Stripe's bracket notation: `created[gte]=1`, `expand[0]=data.customer`. */
export function appendQuery(path: string, params: Record<string, Query>): string {
	const pairs: string[] = [];
	const add = (name: string, value: Query) => {
		if (typeof value === 'string') pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
		else
			for (const [key, inner] of Object.entries(value))
				add(name === '' ? key : `${name}[${key}]`, inner);
	};
	add('', params);
	if (pairs.length === 0) return path;
	return `${path}${path.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

/** Returns a path without its query, e.g. the path of the object to delete. */
export function stripQuery(path: string): string {
	return path.replace(/\?.*$/s, '');
}
