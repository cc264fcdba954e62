import type { Evaluate } from './writtenRule';

/** What stands in the place of a value that is not there. */
export const NO_VALUE_MARK = 'n8n: nothing was found here';

/**
 * The object that code gives, with `NOTHING` wherever a value is missing. JSON, and some of n8n's engines for expressions,
 * drop a key without a value: so it is looked at where it is made, inside the engine, with a `JSON` that says so.
 *
 * @returns undefined where the code cannot be looked at so, or gives no object
 */
export function evaluateObject(code: string, evaluate: Evaluate): object | undefined {
	const plainCode = code.replaceAll(/\??\.toJsonString\(\)/g, '');
	const shown = `(key, value) => value === undefined || Number.isNaN(value) ? ${JSON.stringify(NO_VALUE_MARK)} : value`;
	const telling = `{ parse: JSON.parse, stringify: (value) => JSON.stringify(value, ${shown}) }`;
	try {
		return parseObject(evaluate(`{{ ((JSON) => JSON.stringify((${plainCode}\n)))(${telling}) }}`));
	} catch {
		return undefined;
	}
}

/** What was made into JSON text by the code itself is such a text within a text. */
function parseObject(text: unknown): object | undefined {
	const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
	if (typeof value === 'string' && value !== text) return parseObject(value);
	return typeof value === 'object' && value !== null ? value : undefined;
}

/** Whether code makes JSON text of something by itself. */
export function hasJsonCall(code: string): boolean {
	return /JSON\s*\.\s*stringify|toJsonString/.test(code);
}
