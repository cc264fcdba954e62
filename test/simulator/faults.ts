import { isMap, getOwn } from './form';
import type { Fault, FaultMatch } from './fault';
import { FAULT_RULES } from './faultRules';
import type { RecordedRequest } from './request';

interface QueuedFault {
	fault: Fault;
	left: number;
	seen: number;
}

/** Faults waiting for their request. The first one that matches is used. */
export class FaultQueue {
	private queue: QueuedFault[] = [];

	/** Throws a `RangeError` for an unknown kind. */
	add(fault: Fault): void {
		if (!Object.hasOwn(FAULT_RULES, fault.kind))
			throw new RangeError(`Unknown fault kind '${fault.kind}'`);
		this.queue.push({ fault, left: fault.times ?? 1, seen: 0 });
	}

	/**
	 * @param willExecute false for a replay: it never reaches the endpoint, so faults of the work itself (a 500
	 * inside it, a decline) do not affect it, but faults of the network do.
	 */
	take(request: RecordedRequest, willExecute: boolean): Fault | undefined {
		let taken: Fault | undefined;
		for (const queued of this.queue) {
			if (queued.left <= 0 || !matches(queued.fault.match ?? {}, request)) continue;
			if (FAULT_RULES[queued.fault.kind].insideExecution && !willExecute) continue;
			queued.seen += 1;
			if (taken !== undefined || queued.seen < (queued.fault.match?.nth ?? 1)) continue;
			queued.left -= 1;
			taken = queued.fault;
		}
		this.queue = this.queue.filter((queued) => queued.left > 0);
		return taken;
	}

	clear(): void {
		this.queue = [];
	}
}

function matches(match: FaultMatch, request: RecordedRequest): boolean {
	if (match.method === undefined && match.path === undefined && request.method !== 'POST') return false;
	if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
	if (typeof match.path === 'string' && match.path !== request.path) return false;
	if (match.path instanceof RegExp && request.path.search(match.path) < 0) return false;
	if (match.key !== undefined && match.key !== request.key) return false;
	if (match.customer !== undefined && match.customer !== getOwn(request.params, 'customer')) return false;
	const metadata = getOwn(request.params, 'metadata');
	return Object.entries(match.metadata ?? {}).every(
		([name, value]) => isMap(metadata) && getOwn(metadata, name) === value,
	);
}
