/** The kinds of faults; `faultRules.ts` defines the effect of each. */
export type FaultKind =
	| 'delay'
	| 'error500Before'
	| 'error500After'
	| 'rollForward'
	| 'error500NotStored'
	| 'error503'
	| 'error424'
	| 'timeoutBefore'
	| 'timeoutAfter'
	| 'resetBefore'
	| 'resetAfter'
	| 'cutBody'
	| 'html'
	| 'html502'
	| 'conflict409'
	| 'rateLimit429'
	| 'lockTimeout429'
	| 'unauthorized401'
	| 'forbidden403'
	| 'missing404'
	| 'decline';

export interface FaultMatch {
	method?: string;
	/** The whole path as text, or a pattern. */
	path?: string | RegExp;
	/** The request's metadata must contain every pair. */
	metadata?: Record<string, string>;
	customer?: string;
	key?: string;
	/** The nth request that matches the other conditions, counted from 1 since the fault was queued. */
	nth?: number;
}

export interface Fault {
	kind: FaultKind;
	/** The number of requests that it affects; default 1, `Infinity` allowed. */
	times?: number;
	/** Milliseconds: real time before the answer; for `rollForward`, time of the simulator's clock. */
	delayMs?: number;
	/**
	 * For `rollForward`: Stripe itself does the work, so its events name neither request nor key (API reference,
	 * "The Event object").
	 */
	byStripe?: true;
	/** The connection is reset before the client receives the answer. */
	unanswered?: true;
	/** Forces the Stripe-Should-Retry header on the answer. */
	shouldRetry?: boolean;
	/** The `Stripe-Rate-Limited-Reason` of a 429 (docs.stripe.com/rate-limits). */
	rateLimitedReason?: string;
	/** A fault without `method` and `path` applies to POSTs only, so that reads in between do not use it up. */
	match?: FaultMatch;
}
