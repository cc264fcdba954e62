import type { FaultKind } from './fault';
import type { ParamMap } from './form';

export type Mode = 'test' | 'live';

/** One request as the simulator saw it; `status` and `replayed` are filled in when it is answered. */
export interface RecordedRequest {
	/** The `Request-Id` of its answer. */
	id: string;
	method: string;
	/** Without the query. */
	path: string;
	/** The Idempotency-Key, when one was sent. */
	key?: string;
	/** The account that the secret key belongs to; empty when the key was refused. */
	account: string;
	mode: Mode;
	/** The Stripe-Account header: the connected account this request acts for. */
	stripeAccount?: string;
	params: ParamMap;
	apiVersion?: string;
	/** Absent when the request was never answered. */
	status?: number;
	/** True when the answer came from the key's memory and nothing was executed. */
	replayed: boolean;
	/** Milliseconds since the epoch, by the simulator's clock. */
	receivedAt: number;
	headers: Readonly<Record<string, string>>;
	/** The injected fault that met it. */
	fault?: FaultKind;
}

/**
 * A place in a request's life where a test can stop everything: kill the client, send a second request, look.
 * `executing`/`executed` fire around the work only; a replay or a refused request never executes.
 */
export interface SimulatorPoint {
	name: 'received' | 'executing' | 'executed' | 'answering' | 'answered';
	request: RecordedRequest;
}

export type PointListener = (point: SimulatorPoint) => void | Promise<void>;
