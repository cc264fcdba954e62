import * as errors from './errors';
import type { FaultKind } from './fault';
import type { RecordedRequest } from './request';

/** How an answer is sent: complete, half of its body, as a web page, not at all, or with a reset connection. */
export type ResponseDelivery = 'whole' | 'cut' | 'html' | 'silence' | 'reset';

export interface FaultRule {
	/** When the work is done: now, never, later (Stripe rolls it forward), or now with a declined card. */
	work: 'now' | 'never' | 'later' | 'declined';
	/** True if the fault happens in the work itself; a replay does no work, so such a fault does not affect it. */
	insideExecution?: true;
	/** The refusal that replaces the real answer. */
	instead?: (request: RecordedRequest) => errors.StripeError;
	/** Whether the key remembers the refusal in `instead`. A real answer is always remembered. */
	remembered?: true;
	delivery: ResponseDelivery;
}

/**
 * The effect of each fault. Stripe's "Advanced error handling" says that the key remembers a 500 from inside the
 * endpoint, and that Stripe may roll it forward later; "Idempotent requests" says that 401, 409 and 429 are not
 * remembered. The other faults can happen between any client and any server.
 */
export const FAULT_RULES: Readonly<Record<FaultKind, FaultRule>> = {
	delay: { work: 'now', delivery: 'whole' },

	error500Before: {
		work: 'never',
		insideExecution: true,
		instead: errors.storedServerError,
		remembered: true,
		delivery: 'whole',
	},
	error500After: {
		work: 'now',
		insideExecution: true,
		instead: errors.storedServerError,
		remembered: true,
		delivery: 'whole',
	},
	rollForward: {
		work: 'later',
		insideExecution: true,
		instead: errors.storedServerError,
		remembered: true,
		delivery: 'whole',
	},
	decline: { work: 'declined', insideExecution: true, delivery: 'whole' },

	error500NotStored: {
		work: 'never',
		instead: () => errors.serverError(500, 'An unknown error occurred'),
		delivery: 'whole',
	},
	error503: {
		work: 'never',
		instead: () => errors.serverError(503, 'Stripe is temporarily unavailable'),
		delivery: 'whole',
	},
	error424: {
		work: 'never',
		instead: () => errors.serverError(424, 'A dependency external to Stripe failed'),
		delivery: 'whole',
	},

	timeoutBefore: { work: 'never', delivery: 'silence' },
	timeoutAfter: { work: 'now', delivery: 'silence' },
	resetBefore: { work: 'never', delivery: 'reset' },
	resetAfter: { work: 'now', delivery: 'reset' },
	cutBody: { work: 'now', delivery: 'cut' },
	html: { work: 'now', delivery: 'html' },
	html502: { work: 'never', instead: () => errors.serverError(502, 'Bad Gateway'), delivery: 'html' },

	conflict409: {
		work: 'never',
		instead: (request) => errors.keyInUse(request.key ?? ''),
		delivery: 'whole',
	},
	rateLimit429: { work: 'never', instead: () => errors.rateLimited(), delivery: 'whole' },
	lockTimeout429: { work: 'never', instead: () => errors.lockTimeout(), delivery: 'whole' },
	unauthorized401: {
		work: 'never',
		instead: () => errors.unauthorized('Invalid API Key provided: sk_****'),
		delivery: 'whole',
	},
	forbidden403: {
		work: 'never',
		instead: () =>
			errors.forbidden('The provided key does not have the required permissions for this endpoint.'),
		delivery: 'whole',
	},
	missing404: {
		work: 'never',
		instead: ({ path }) => errors.noSuch('object', path.split('/')[3] ?? ''),
		delivery: 'whole',
	},
};

/** Used if no fault affects the request. */
export const NO_FAULT: FaultRule = { work: 'now', delivery: 'whole' };
