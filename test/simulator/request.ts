import type { FaultKind } from './fault';
import type { ParamMap } from './form';

export type Mode = 'test' | 'live';

/** One request as the simulator received it. `status` and `replayed` are set when it is answered. */
export interface RecordedRequest {
	/** The `Request-Id` of its answer. */
	id: string;
	method: string;
	/** Without the query. */
	path: string;
	/** The Idempotency-Key, if one was sent. */
	key?: string;
	/** The account of the secret key; empty if the key was refused. */
	account: string;
	mode: Mode;
	/** The Stripe-Account header: the connected account on whose behalf the request is made. */
	stripeAccount?: string;
	params: ParamMap;
	apiVersion?: string;
	/** Absent if the request was never answered. */
	status?: number;
	/** True if the answer came from the key's memory and nothing was executed. */
	replayed: boolean;
	/** Milliseconds since the epoch, by the simulator's clock. */
	receivedAt: number;
	headers: Readonly<Record<string, string>>;
	/** The injected fault that affected it. */
	fault?: FaultKind;
}

/**
 * A point in a request's life at which a test can hold it: to kill the client, send a second request, or inspect
 * the state. `executing`/`executed` are emitted around the work only; a replay or a refused request never
 * executes.
 */
export interface SimulatorPoint {
	name: 'received' | 'executing' | 'executed' | 'answering' | 'answered';
	request: RecordedRequest;
}

export type PointListener = (point: SimulatorPoint) => void | Promise<void>;
