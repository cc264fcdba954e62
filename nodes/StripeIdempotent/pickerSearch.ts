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

/** Stripe does not search for shorter parts of a word (docs.stripe.com/search#query-fields-and-syntax). */
const MIN_TYPED_LENGTH = 3;

/** How many customers or products with the typed name are looked up. */
const MAX_OWNERS = 5;

type Params = Parameters<typeof appendQuery>[1];

/** Builds a search query for what a user typed; `typed` is safe between quotes. */
type ToQuery = (typed: string) => string;

/** Objects that people know by the name of a different object: an invoice by its customer. */
export interface Owner {
	collection: string;
	toQuery: ToQuery;
	/** The list parameter that filters by owner. */
	filter: string;
}

/** One list of the editor. */
export interface Picker {
	/** The path of the list, or a function of other parameters of the node. */
	collection: string | ((lookUp: LookUp) => Promise<string>);
	/** Parameters of the list request. */
	params?: Params | ((lookUp: LookUp) => Params);
	/** @returns undefined if the object cannot be selected */
	choiceOf: (object: ListedObject, names: ReadonlyMap<string, string>) => Choice | undefined;
	/** Builds the search query, if Stripe's Search covers the objects. */
	toQuery?: ToQuery;
	owner?: Owner;
	/** Lists objects of the key's own account, whichever account is selected. */
	isOfPlatform?: true;
	/** The product IDs whose names the choices need. Lists expand at most four levels. */
	productsOf?: (object: ListedObject) => string[];
}

/**
 * Builds a list of the newest objects of a collection. Typed text is also searched for in Stripe, in the object and in the name
 * of its owner, because the newest page does not contain older objects. Search lags and is not available everywhere, so matches
 * from the list itself are always included.
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
		const found = searched.filter((object) => fits(object, params));
		const narrowed = toChoices(listed).filter((choice) => mentions(choice, typed));
		return {
			results: dropRepeated([...toChoices(found), ...narrowed]),
			paginationToken: hasMore ? listed.at(-1)?.id : undefined,
		};
	};
}

/** Search finds what the list leaves out: archived prices, for example. */
function fits(object: ListedObject, params: Params): boolean {
	return Object.entries(params).every(([name, value]) => {
		const shown = object[name];
		const isComparable = typeof shown === 'string' || typeof shown === 'boolean';
		return typeof value !== 'string' || !isComparable || String(shown) === value;
	});
}

function mentions({ name, value }: Choice, typed: string): boolean {
	return `${name} ${value}`.toLowerCase().includes(typed.trim().toLowerCase());
}

function dropRepeated(choices: Choice[]): Choice[] {
	return [...new Map(choices.map((choice) => [choice.value, choice])).values()];
}

/** Returns the results of Search, or nothing if it is not available. */
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

/** The reads of the editor for one list. */
export class LookUp {
	private constructor(
		private readonly context: ILoadOptionsFunctions,
		private readonly connection: Connection,
		private readonly isOfPlatform: boolean,
		private readonly ownAccount: string | undefined,
	) {}

	/** @throws NodeOperationError with a message for the user of the editor */
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

	/**
	 * Returns the ID selected in another parameter.
	 *
	 * @throws NodeOperationError if none is selected yet
	 */
	requireId(parameter: string, label: string): string {
		const id = this.findId(parameter);
		if (id !== undefined) return id;
		throw buildEditorError(
			this.context,
			`${label} has to be chosen first`,
			`This list depends on it. Where ${label} comes from an expression, use By ID here.`,
		);
	}

	/**
	 * Returns the selected customer, or the customer of the selected object.
	 *
	 * @throws NodeOperationError if none is selected yet
	 */
	async requireCustomer(): Promise<string> {
		const owned = [
			['/v1/invoices/', this.findId('invoice')],
			['/v1/subscriptions/', this.findId('subscription')],
		].find(([, id]) => id !== undefined);
		if (!owned) return this.requireId('customer', 'Customer');
		const { customer } = await this.getObject(owned.join(''));
		return String(customer);
	}

	/**
	 * Returns the account to act for: the selected one, or the key's own.
	 *
	 * @throws NodeOperationError
	 */
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
			// The value belongs to another operation, or is incomplete, so nothing is selected.
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

	/**
	 * Reads one page of a list.
	 *
	 * @throws NodeOperationError
	 */
	async get(collection: string, params: Params): Promise<{ data: ListedObject[]; hasMore: boolean }> {
		const path = appendQuery(collection, { limit: PAGE_SIZE, ...params });
		const { data, has_more: hasMore } = await this.getObject(path);
		return { data: (data ?? []) as ListedObject[], hasMore: hasMore === true };
	}

	/** Reads one page, for a list that works without it. */
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
