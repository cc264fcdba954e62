import type { CardOutcomes } from './cards';
import type { ParamMap } from './form';
import type { SimulatedObject } from './objects';
import type { Cause, StripeState } from './world';

/** One request at an endpoint. */
export interface Call {
	world: StripeState;
	method: string;
	path: string;
	params: ParamMap;
	/** The named parts of the path: `{ id }`, and `{ collection }` for endpoints the simulator does not know. */
	at: Readonly<Record<string, string>>;
	cause: Cause;
	cards: CardOutcomes;
	/** True when an injected fault has the bank refuse this one payment. */
	declined: boolean;
	searchLagMs: number;
}

export type RouteResult = SimulatedObject | Readonly<Record<string, unknown>>;

/** The endpoint's work. What it throws is remembered by the key: it was raised after execution began. */
export type RouteHandler = () => RouteResult;

export interface Route {
	method: 'GET' | 'POST' | 'DELETE';
	/** `:name` stands for one segment. */
	path: string;
	/** Names of top-level parameters; when given, any other is a 400 `parameter_unknown`. */
	parameters?: readonly string[];
	/** True when this call asks a card for money, so that a decline can happen in it. */
	asksForMoney?: (params: ParamMap) => boolean;
	/** Validates, and returns the work. What it throws itself is not remembered by a key. */
	prepare: (call: Call) => RouteHandler;
}

/** The parameters every endpoint takes. */
export const ALWAYS_ALLOWED = ['expand'] as const;
export const LIST_PARAMETERS = ['limit', 'starting_after', 'ending_before', 'created', 'expand'] as const;
export const SEARCH_PARAMETERS = ['query', 'limit', 'page', 'expand'] as const;

/** The named parts of `path`, or undefined when it is another path. */
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
