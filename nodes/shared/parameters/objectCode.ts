import type { Evaluate } from './writtenRule';

/** The placeholder for a missing value. */
export const NO_VALUE_MARK = 'n8n: nothing was found here';

/**
 * Evaluates code that returns an object, with a placeholder for every missing value. JSON, and some of n8n's expression engines,
 * drop keys without a value, so the object is inspected inside the engine, with a `JSON` that keeps them.
 *
 * @returns undefined if the code cannot be inspected this way, or does not return an object
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

/** If the code itself created JSON text, the result is JSON text within JSON text. */
function parseObject(text: unknown): object | undefined {
	const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
	if (typeof value === 'string' && value !== text) return parseObject(value);
	return typeof value === 'object' && value !== null ? value : undefined;
}

/** Returns whether code creates JSON text itself. */
export function hasJsonCall(code: string): boolean {
	return /JSON\s*\.\s*stringify|toJsonString/.test(code);
}
