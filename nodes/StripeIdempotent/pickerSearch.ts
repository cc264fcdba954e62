import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Outcome } from '../../ledger/model/entry';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { classify } from '../../stripe/api/outcome';
import { appendQuery } from '../../stripe/api/query';
import { isStripeId } from '../../stripe/objects/ids';
import { errorToResult } from '../shared/run/errorToResult';
import { OUTCOME_MESSAGES } from '../shared/run/outcomeMessages';
import { connectWithCredential } from '../shared/stripe/credential';
import type { Choice, ListedObject } from './choices';

const TIMEOUT_MS = 20_000;
const PAGE_SIZE = '50';

/** A part of a word that is shorter is not searched for (docs.stripe.com/search#query-fields-and-syntax). */
const MIN_TYPED_LENGTH = 3;

/** How many customers, or products, of the typed name are looked up. */
const MAX_OWNERS = 5;

type Params = Parameters<typeof appendQuery>[1];

/** What a person may mean by what is typed, in Stripe's query language; `typed` can stand between quotes. */
type ToQuery = (typed: string) => string;

/** Objects that are known by the names of others: an invoice by its customer's. */
export interface Owner {
	collection: string;
	toQuery: ToQuery;
	/** The parameter of the list that names the owner. */
	filter: string;
}

/** One list of the editor. */
export interface Picker {
	/** Where the objects are listed; by other parameters of the node, where it is a function. */
	collection: string | ((lookUp: LookUp) => Promise<string>);
	/** Parameters of the list. */
	params?: Params | ((lookUp: LookUp) => Params);
	/** @returns undefined for an object that cannot be chosen */
	choiceOf: (object: ListedObject, names: ReadonlyMap<string, string>) => Choice | undefined;
	/** Of a kind that Stripe's Search knows. */
	toQuery?: ToQuery;
	owner?: Owner;
	/** Listed for the key's own account, whichever the node acts for. */
	isOfPlatform?: true;
	/** IDs of products whose names belong to the choices; lists show no more than four levels of an object. */
	productsOf?: (object: ListedObject) => string[];
}

/**
 * From List shows the newest objects of a collection. What is typed is asked of Stripe's Search as well, by the object's own
 * words and by its owner's name: the newest page alone would not find what is older. Search shows new objects late, and is
 * not offered everywhere; so what the list itself holds counts always.
 */
export function buildPickerSearch(picker: Picker) {
	return async function (
		this: ILoadOptionsFunctions,
		typed = '',
		after?: string,
	): Promise<INodeListSearchResult> {
		const lookUp = await LookUp.open(this, picker.isOfPlatform);
		const collection =
			typeof picker.collection === 'string' ? picker.collection : await picker.collection(lookUp);
		const params = typeof picker.params === 'function' ? picker.params(lookUp) : (picker.params ?? {});
		const from: Params = after ? { starting_after: after } : {};
		const [{ data: listed, hasMore }, searched] = await Promise.all([
			lookUp.get(collection, { ...params, ...from }),
			after ? [] : search(lookUp, { ...picker, collection, params }, typed.trim()),
		]);
		const names = await readProductNames(lookUp, picker, [...searched, ...listed]);
		const toChoices = (objects: ListedObject[]) =>
			objects.map((object) => picker.choiceOf(object, names)).filter((choice) => choice !== undefined);
		const narrowed = toChoices(listed).filter((choice) => mentions(choice, typed));
		return {
			results: dropRepeated([...toChoices(searched), ...narrowed]),
			paginationToken: hasMore ? listed.at(-1)?.id : undefined,
		};
	};
}

function mentions({ name, value }: Choice, typed: string): boolean {
	return `${name} ${value}`.toLowerCase().includes(typed.trim().toLowerCase());
}

function dropRepeated(choices: Choice[]): Choice[] {
	return [...new Map(choices.map((choice) => [choice.value, choice])).values()];
}

/** What Search finds; nothing where it is not to be had. */
async function search(
	lookUp: LookUp,
	{
		toQuery,
		owner,
		collection,
		params,
	}: Pick<Picker, 'toQuery' | 'owner'> & { collection: string; params: Params },
	typed: string,
): Promise<ListedObject[]> {
	if (typed.length < MIN_TYPED_LENGTH) return [];
	const quotable = typed.replaceAll(/[\\"]/g, String.raw`\$&`);
	const own = toQuery ? lookUp.search(collection, toQuery(quotable), params) : [];
	const owners = owner ? await lookUp.search(owner.collection, owner.toQuery(quotable)) : [];
	const owned = owners
		.slice(0, MAX_OWNERS)
		.map(({ id }) => lookUp.find(collection, { ...params, [owner?.filter ?? '']: id }));
	return (await Promise.all([own, ...owned])).flat();
}

async function readProductNames(
	lookUp: LookUp,
	{ productsOf }: Picker,
	objects: ListedObject[],
): Promise<ReadonlyMap<string, string>> {
	const ids = [...new Set(objects.flatMap((object) => productsOf?.(object) ?? []))].slice(0, 100);
	if (ids.length === 0) return new Map();
	const products = await lookUp.find('/v1/products', { ids, limit: '100' });
	return new Map(products.map(({ id, name }) => [id, typeof name === 'string' ? name : id]));
}

/** What the editor asks of Stripe for one list. */
export class LookUp {
	private constructor(
		private readonly context: ILoadOptionsFunctions,
		private readonly connection: Connection,
		private readonly isOfPlatform: boolean,
		private readonly ownAccount: string | undefined,
	) {}

	/** @throws NodeOperationError in words for whoever sits in front of the editor */
	static async open(context: ILoadOptionsFunctions, isOfPlatform = false): Promise<LookUp> {
		try {
			const credential = await context.getCredentials('stripeIdempotentApi');
			const accountId = typeof credential.accountId === 'string' ? credential.accountId.trim() : '';
			const ownAccount = isStripeId(accountId) ? accountId : undefined;
			return new LookUp(context, connectWithCredential(credential), isOfPlatform, ownAccount);
		} catch (error) {
			const { message, nextStep } = errorToResult(error);
			throw buildEditorError(context, message, nextStep);
		}
	}

	/** The ID that is chosen in another parameter. @throws NodeOperationError where there is none yet */
	requireId(parameter: string, label: string): string {
		const id = this.findId(parameter);
		if (id !== undefined) return id;
		throw buildEditorError(
			this.context,
			`${label} has to be chosen first`,
			`This list depends on it. Where ${label} comes from an expression, use By ID here.`,
		);
	}

	/** The customer that is chosen, or whose object is. @throws NodeOperationError where there is none yet */
	async requireCustomer(): Promise<string> {
		const owned = [
			['/v1/invoices/', this.findId('invoice')],
			['/v1/subscriptions/', this.findId('subscription')],
		].find(([, id]) => id !== undefined);
		if (!owned) return this.requireId('customer', 'Customer');
		const { customer } = await this.getObject(owned.join(''));
		return String(customer);
	}

	/** The account that is acted for: the chosen one, or the key's own. @throws NodeOperationError */
	async requireAccount(): Promise<string> {
		const account = this.findId('options.stripeAccount') ?? this.ownAccount;
		return account ?? String((await this.getObject('/v1/account')).id);
	}

	private findId(parameter: string): string | undefined {
		if (this.context.getCurrentNodeParameter(parameter) === undefined) return undefined;
		try {
			const chosen = this.context.getCurrentNodeParameter(parameter, { extractValue: true });
			const id = typeof chosen === 'string' ? chosen.trim() : '';
			return isStripeId(id) ? id : undefined;
		} catch {
			// It belongs to another operation, or is no address yet: nothing is chosen.
			return undefined;
		}
	}

	/** @throws NodeOperationError */
	async getObject(path: string): Promise<Record<string, unknown>> {
		const outcome = await this.read(path);
		if (outcome.kind === 'succeeded') return outcome.body ?? {};
		const messages = OUTCOME_MESSAGES[outcome.kind];
		const message = `${messages.message(outcome)}: ${outcome.message ?? ''}`;
		throw buildEditorError(this.context, message, messages.nextStep(outcome, { method: 'GET', path }));
	}

	/** One page of a list. @throws NodeOperationError */
	async get(collection: string, params: Params): Promise<{ data: ListedObject[]; hasMore: boolean }> {
		const path = appendQuery(collection, { limit: PAGE_SIZE, ...params });
		const { data, has_more: hasMore } = await this.getObject(path);
		return { data: (data ?? []) as ListedObject[], hasMore: hasMore === true };
	}

	/** The same, where the list does without. */
	async find(collection: string, params: Params): Promise<ListedObject[]> {
		const outcome = await this.read(appendQuery(collection, { limit: PAGE_SIZE, ...params }));
		return outcome.kind === 'succeeded' ? ((outcome.body?.data ?? []) as ListedObject[]) : [];
	}

	search(collection: string, query: string, { expand }: Params = {}): Promise<ListedObject[]> {
		return this.find(`${collection}/search`, { query, ...(expand ? { expand } : {}) });
	}

	private async read(path: string): Promise<Outcome> {
		const stripeAccount = this.isOfPlatform ? undefined : this.findId('options.stripeAccount');
		const request = { method: 'GET', path, stripeAccount, timeoutMs: TIMEOUT_MS } as const;
		return classify(await sendOnce(this.connection, request)).outcome;
	}
}

function buildEditorError(context: ILoadOptionsFunctions, message: string, description: string): Error {
	return new NodeOperationError(context.getNode(), message, { description });
}
