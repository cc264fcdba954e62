import {
	applyFault,
	buildNoResponse,
	buildRefusal,
	buildReplay,
	buildSuccess,
	type SimulatedResponse,
} from './response';
import { authenticate, refuseAccountRead, refuseWithoutPermission } from './authentication';
import type { CardOutcomes } from './cards';
import { declined, forbidden, keyInUse, keyReused, keyTooLong, StripeError } from './errors';
import { refuseIncomplete } from './dependent';
import { refuseExclusive } from './exclusive';
import { expanded } from './expand';
import { FAULT_RULES, NO_FAULT, type FaultRule } from './faultRules';
import type { Fault } from './fault';
import type { FaultQueue } from './faults';
import { toCanonicalForm } from './form';
import type { KeyedRequest, KeyState } from './idempotency';
import * as given from './parameters';
import type { Limiters } from './limiters';
import type { Points } from './points';
import type { RecordedRequest } from './request';
import { routeFor } from './resources/routes';
import type { RouteHandler } from './route';
import { otherwiseTaken } from './versions';
import type { StripeState } from './world';
import type { StripeStates } from './worlds';

const LONGEST_KEY = 255;

export interface PipelineParts {
	worlds: StripeStates;
	faults: FaultQueue;
	cards: CardOutcomes;
	points: Points;
	accounts?: Readonly<Record<string, string>>;
	permissions?: Readonly<Record<string, readonly string[]>>;
	searchLagMs: number;
	latencyMs: number;
	limiters: Limiters;
	/** Resolves after the given number of real milliseconds. Rejects when the simulator stops. */
	pause: (ms: number) => Promise<void>;
}

/** A request in progress, with everything decided about it so far. */
interface Passage {
	request: RecordedRequest;
	world: StripeState;
	/** Set for a POST with a key: Stripe ignores the key of a GET or a DELETE. */
	keyed?: KeyedRequest & { key: string };
	fault?: Fault;
	rule: FaultRule;
}

interface PreparedWork {
	run: RouteHandler;
	asksForMoney: boolean;
}

/** Answers requests in Stripe's order: authenticates, looks up the key, validates, executes. */
export class Pipeline {
	constructor(private readonly parts: PipelineParts) {}

	/** @param malformed the error of the body if it could not be parsed */
	async answer(request: RecordedRequest, malformed?: StripeError): Promise<SimulatedResponse> {
		const { worlds: states, faults, limiters } = this.parts;
		let leave = () => {};
		try {
			Object.assign(request, authenticate(request.headers.authorization, this.parts.accounts));
			refuseWithoutPermission(request.headers.authorization, request, this.parts.permissions);
			refuseAccountRead(request.headers.authorization, request.method, request.path);
			const account = request.stripeAccount ?? request.account;
			if (!account.startsWith('acct_') || account === 'acct_revoked') throw noAccess(account);
			states.all();
			leave = limiters.enter(request, account);

			const stripeState = states.of(account, request.mode);
			const keyed = keyedRequest(request);
			const state: KeyState = keyed ? stripeState.keys.look(keyed.key, keyed) : { kind: 'fresh' };
			const fault = faults.take(request, state.kind === 'fresh');
			const rule = fault ? FAULT_RULES[fault.kind] : NO_FAULT;
			if (fault) request.fault = fault.kind;
			const passage: Passage = { request, world: stripeState, keyed, fault, rule };

			const answer = await this.pass(passage, state, malformed);
			return fault ? applyFault(answer, fault) : answer;
		} catch (error) {
			if (error instanceof StripeError) return buildRefusal(request, error);
			throw error;
		} finally {
			leave();
		}
	}

	private async pass(
		passage: Passage,
		state: KeyState,
		malformed?: StripeError,
	): Promise<SimulatedResponse> {
		const { request, rule } = passage;
		if (rule.work === 'never' && !rule.remembered) {
			await this.pause(passage);
			const stopped = rule.instead ? buildRefusal(request, rule.instead(request)) : buildNoResponse();
			return { ...stopped, delivery: rule.delivery };
		}
		const keyLength = passage.keyed?.key.length ?? 0;
		if (keyLength > LONGEST_KEY) throw keyTooLong(keyLength);
		const answer = await this.byKey(passage, state, malformed);
		const status = rule.delivery === 'html' ? 200 : answer.status;
		return { ...answer, status, delivery: passage.fault?.unanswered ? 'reset' : rule.delivery };
	}

	private async byKey(
		passage: Passage,
		state: KeyState,
		malformed?: StripeError,
	): Promise<SimulatedResponse> {
		const { request } = passage;
		const key = request.key ?? '';
		switch (state.kind) {
			case 'running':
				return buildRefusal(request, keyInUse(key), state.first.id);
			case 'otherRequest': {
				const [first, now] = [pathOf(state.first.endpoint), request.path];
				return buildRefusal(request, keyReused(key, first, now), state.first.id);
			}
			case 'answered': {
				await this.pause(passage);
				request.replayed = true;
				return buildReplay(request, state.first.id, state.answer);
			}
			case 'fresh':
				if (malformed) return buildRefusal(request, malformed);
				return await this.underKey(passage);
		}
	}

	/** Validates first, which leaves no trace under the key. From `begin` on, every answer is remembered. */
	private async underKey(passage: Passage): Promise<SimulatedResponse> {
		const { request, world: stripeState, keyed } = passage;
		let work: PreparedWork;
		try {
			work = this.prepare(passage);
		} catch (error) {
			if (error instanceof StripeError) return buildRefusal(request, error);
			throw error;
		}
		if (keyed) stripeState.keys.begin(keyed.key, keyed);
		try {
			await this.pause(passage);
			const answer = await this.execute(passage, work);
			if (keyed) stripeState.keys.remember(keyed.key, { status: answer.status, body: answer.body });
			return answer;
		} catch (failure) {
			if (keyed) stripeState.keys.forget(keyed.key);
			throw failure;
		}
	}

	private prepare(passage: Passage): PreparedWork {
		const { request, world: stripeState, rule, fault } = passage;
		const { method, path, params } = request;
		const { route, at } = routeFor(method, path);
		const alsoTaken = otherwiseTaken(request);
		if (method === 'POST') {
			refuseExclusive(path, params);
			refuseIncomplete(path, params);
		}
		if (route.parameters) given.rejectUnknown(params, [...route.parameters, ...alsoTaken]);
		const expand = given.readList(params, 'expand');
		const work = route.prepare({
			world: stripeState,
			method,
			path,
			params,
			at,
			cause: fault?.byStripe
				? { requestId: null, key: null }
				: { requestId: request.id, key: passage.keyed?.key ?? null },
			cards: this.parts.cards,
			declined: rule.work === 'declined',
			searchLagMs: this.parts.searchLagMs,
		});
		const asksForMoney = route.asksForMoney?.(params) ?? false;
		return { run: () => expanded(work(), expand, stripeState), asksForMoney };
	}

	private async execute(passage: Passage, work: PreparedWork): Promise<SimulatedResponse> {
		const { request, world: stripeState, rule, fault } = passage;
		switch (rule.work) {
			case 'never':
				break;
			case 'later':
				stripeState.later(fault?.delayMs ?? 0, () => void done(request, work.run));
				break;
			case 'declined':
				if (work.asksForMoney) return await this.perform(passage, work.run);
				return buildRefusal(request, declined('insufficient_funds'));
			case 'now': {
				const real = await this.perform(passage, work.run);
				if (!rule.instead) return real;
			}
		}
		if (!rule.instead)
			throw new Error('A fault that keeps the work back must say what is answered instead');
		return buildRefusal(request, rule.instead(request));
	}

	private async perform(passage: Passage, run: RouteHandler): Promise<SimulatedResponse> {
		await this.parts.points.reach('executing', passage.request);
		const answer = done(passage.request, run);
		await this.parts.points.reach('executed', passage.request);
		return answer;
	}

	private async pause(passage: Passage): Promise<void> {
		const delay = passage.rule.work === 'later' ? 0 : (passage.fault?.delayMs ?? 0);
		await this.parts.pause(this.parts.latencyMs + delay);
	}
}

/** Executes synchronously: nothing else happens between its first and its last change. */
function done(request: RecordedRequest, run: RouteHandler): SimulatedResponse {
	try {
		return buildSuccess(request, run());
	} catch (error) {
		if (error instanceof StripeError) return buildRefusal(request, error);
		throw error;
	}
}

function keyedRequest(request: RecordedRequest): Passage['keyed'] {
	const { id, key, method, path, params } = request;
	if (key === undefined || method !== 'POST') return undefined;
	return { id, key, endpoint: `${method} ${path}`, params: toCanonicalForm(params) };
}

function pathOf(endpoint: string): string {
	return endpoint.split(' ')[1] ?? '';
}

function noAccess(account: string): StripeError {
	return forbidden(
		`The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
		'account_invalid',
	);
}
