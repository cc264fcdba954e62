import type { CardOutcomes } from './cards';
import type { ParamMap } from './form';
import type { SimulatedObject } from './objects';
import type { Cause, StripeState } from './world';

/** One request to an endpoint. */
export interface Call {
	world: StripeState;
	method: string;
	path: string;
	params: ParamMap;
	/** The named parts of the path: `{ id }`, and `{ collection }` for endpoints without their own rules. */
	at: Readonly<Record<string, string>>;
	cause: Cause;
	cards: CardOutcomes;
	/** True if an injected fault makes the bank refuse this payment. */
	declined: boolean;
	searchLagMs: number;
}

export type RouteResult = SimulatedObject | Readonly<Record<string, unknown>>;

/** The work of the endpoint. The key remembers its errors, because they are raised after execution began. */
export type RouteHandler = () => RouteResult;

export interface Route {
	method: 'GET' | 'POST' | 'DELETE';
	/** `:name` matches one segment. */
	path: string;
	/** Names of top-level parameters; if given, all others get a 400 `parameter_unknown`. */
	parameters?: readonly string[];
	/** True if this call charges a card, so that it can be declined. */
	asksForMoney?: (params: ParamMap) => boolean;
	/** Validates, and returns the work. A key does not remember errors that it throws itself. */
	prepare: (call: Call) => RouteHandler;
}

/** The parameters that every endpoint accepts. */
export const ALWAYS_ALLOWED = ['expand'] as const;
export const LIST_PARAMETERS = ['limit', 'starting_after', 'ending_before', 'created', 'expand'] as const;
export const SEARCH_PARAMETERS = ['query', 'limit', 'page', 'expand'] as const;

/** The named parts of `path`, or undefined if it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
	const wanted = pattern.split('/');
	const given = path.split('/');
	if (wanted.length !== given.length) return undefined;
	const at: Record<string, string> = {};
	for (const [index, segment] of wanted.entries()) {
		const actual = given[index] ?? '';
		if (segment.startsWith(':') && actual !== '') at[segment.slice(1)] = actual;
		else if (segment !== actual) return undefined;
	}
	return at;
}
