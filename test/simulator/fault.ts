/** What can go wrong; `faultRules.ts` says what each of them does. */
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
	| 'decline';

export interface FaultMatch {
	method?: string;
	/** The whole path as text, or a pattern. */
	path?: string | RegExp;
	/** Every pair must be in the request's metadata. */
	metadata?: Record<string, string>;
	customer?: string;
	key?: string;
	/** The nth request that matches the rest, counted from 1 since the fault was queued. */
	nth?: number;
}

export interface Fault {
	kind: FaultKind;
	/** How many requests it meets; default 1, `Infinity` allowed. */
	times?: number;
	/** Milliseconds: real ones before the answer; for `rollForward` by the simulator's clock. */
	delayMs?: number;
	/**
	 * For `rollForward`: the work is Stripe's own doing, so that its events name neither request nor key (API reference, "The
	 * Event object").
	 */
	byStripe?: true;
	/** The answer, whatever it is, is lost: the connection is torn. */
	unheard?: true;
	/** Forces the Stripe-Should-Retry header on the answer. */
	shouldRetry?: boolean;
	/** The `Stripe-Rate-Limited-Reason` of a 429 (docs.stripe.com/rate-limits). */
	rateLimitedReason?: string;
	/** Without `method` and `path` a fault waits for a POST, so that reads in between do not use it up. */
	match?: FaultMatch;
}
