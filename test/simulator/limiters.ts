import type { SimulatorClock } from './clock';
import { lockTimeout, rateLimited } from './errors';
import type { RecordedRequest } from './request';

/** Stripe's limits per account and mode. A limit that is absent does not apply (docs.stripe.com/rate-limits). */
export interface Limits {
	globalPerSecond?: number;
	endpointPerSecond?: number;
	globalConcurrency?: number;
	endpointConcurrency?: number;
	/** Whether a change of an object is refused while another change of it is in progress. */
	locksObjects?: boolean;
}

/**
 * "Scaling your API with rate limiters" (Stripe's blog): tokens are refilled one by one, up to one second's
 * worth.
 */
class TokenBucket {
	private tokens: number;
	private since: number;

	constructor(
		private readonly perSecond: number,
		now: number,
	) {
		this.tokens = perSecond;
		this.since = now;
	}

	take(now: number): boolean {
		this.tokens = Math.min(this.perSecond, this.tokens + ((now - this.since) / 1000) * this.perSecond);
		this.since = now;
		if (this.tokens < 1) return false;
		this.tokens -= 1;
		return true;
	}
}

type LimitedRequest = Pick<RecordedRequest, 'method' | 'path' | 'mode' | 'params'>;

/** Stripe's limiters. Each refuses with its own reason. */
export class Limiters {
	private buckets = new Map<string, TokenBucket>();
	private underWay = new Map<string, number>();

	constructor(
		private readonly limits: Limits,
		private readonly clock: SimulatorClock,
	) {}

	/** @returns a function to call when the request is answered. Throws Stripe's 429. */
	enter(request: LimitedRequest, account: string): () => void {
		const { globalPerSecond, endpointPerSecond, globalConcurrency, endpointConcurrency } = this.limits;
		const all = `${request.mode} ${account}`;
		const endpoint = `${all} ${endpointOf(request)}`;
		this.take(all, globalPerSecond, 'global-rate');
		this.take(endpoint, endpointPerSecond, 'endpoint-rate');
		this.refuseTooMany(all, globalConcurrency, 'global-concurrency');
		this.refuseTooMany(endpoint, endpointConcurrency, 'endpoint-concurrency');
		const objects = this.limits.locksObjects
			? changedObjectsOf(request).map((id) => `${all} object ${id}`)
			: [];
		if (objects.some((object) => this.count(object) > 0)) throw lockTimeout();
		const names = [all, endpoint, ...objects];
		for (const name of names) this.underWay.set(name, this.count(name) + 1);
		return () => {
			for (const name of names) this.underWay.set(name, this.count(name) - 1);
		};
	}

	reset(): void {
		this.buckets.clear();
		this.underWay.clear();
	}

	private take(name: string, perSecond: number | undefined, reason: string): void {
		if (perSecond === undefined) return;
		const now = this.clock.now();
		const bucket = this.buckets.get(name) ?? new TokenBucket(perSecond, now);
		this.buckets.set(name, bucket);
		if (!bucket.take(now)) throw rateLimited(reason);
	}

	private refuseTooMany(name: string, most: number | undefined, reason: string): void {
		if (most !== undefined && this.count(name) >= most) throw rateLimited(reason);
	}

	private count(name: string): number {
		return this.underWay.get(name) ?? 0;
	}
}

/** IDs contain digits, as at Stripe. */
const ID = /^(?!v\d$).*\d/;

function endpointOf({ method, path }: LimitedRequest): string {
	const names = path.split('/').map((part) => (ID.test(part) ? ':id' : part));
	return `${method} ${names.join('/')}`;
}

function changedObjectsOf({ method, path, params }: LimitedRequest): string[] {
	if (method === 'GET') return [];
	const named = [params.payment_intent, params.charge].filter((id) => typeof id === 'string');
	return [...path.split('/').filter((part) => ID.test(part)), ...named];
}
