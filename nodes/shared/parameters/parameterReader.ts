import { decimalOf } from '../../../ledger/identity/decimal';
import { readTime } from '../../../ledger/identity/timeBucket';
import { isApiPath, isStripeId } from '../../../stripe/objects/ids';
import { currencyCode, MoneyRefusal, orRefusal } from '../../../stripe/objects/money';
import { holdsSecret, wordsWithoutSecrets } from '../../../stripe/api/redact';
import { amountInMinorUnits } from './amount';
import type { Importance } from './findsNothing';
import type { InputReader } from './inputReader';
import { Refusal } from '../run/error';
import { moneyWords } from './amountErrorMessage';
import { isPicked } from './fields';
import { TIME_WORDS } from '../key/timeMessages';
import type { Values } from './values';
import { DEEPEST, filled, isNestedBeyond, isRecord, listOf, plain, snakeCased } from './values';

/** Reads a field of an object in Stripe; used for the currency of what is refunded or captured. */
export type Lookup = (path: string) => Promise<Values>;

/** Parameters of Stripe's API that only describe, with whatever stands in them. All others decide. */
const DESCRIBING_IN_STRIPE = new Set([
	...['cancellation_reason', 'description', 'email', 'footer', 'metadata', 'name', 'phone', 'reason'],
	...['receipt_email', 'statement_descriptor', 'statement_descriptor_suffix'],
]);

/** Reads the parameters of one item, and refuses what cannot be sent: by its label, with what to do instead. */
export class ParameterReader {
	constructor(
		protected readonly input: InputReader,
		private readonly lookup: Lookup,
	) {}

	refuse(parameter: string, what: string, nextStep: string): Refusal {
		return new Refusal(this.input.labelOf(parameter), what, nextStep);
	}

	/** A parameter's value; null for one that does not show. Of a picked object, its ID. */
	value(parameter: string): unknown {
		// n8n throws where it is to extract from a parameter that does not show, so that is asked for picked objects only.
		const value = this.input.given(parameter);
		return isRecord(value) && value.__rl === true ? this.idOfPicked(parameter) : value;
	}

	private idOfPicked(parameter: string): unknown {
		try {
			return this.input.picked(parameter);
		} catch {
			throw this.refuse(
				parameter,
				"is no address of such an object's page",
				'Copy the address of its page in the Stripe dashboard, or choose By ID.',
			);
		}
	}

	/** A text that may be empty. @throws Refusal for one with a secret in it: it would stand in the ledger, or in an address */
	optionalText(parameter: string): string | undefined {
		const text = this.given(parameter);
		if (text === undefined || !holdsSecret(text)) return text;
		throw this.refuse(
			parameter,
			'has a secret in it',
			'A secret belongs into a credential and nowhere else. Give the ID or the name itself; roll the secret if others may have seen it.',
		);
	}

	/** Words for people, which may be empty. A secret that somebody has put into them is hidden. */
	optionalWords(parameter: string): string | undefined {
		const words = this.given(parameter);
		return words === undefined ? undefined : wordsWithoutSecrets(words);
	}

	words(parameter: string): string {
		return this.optionalWords(parameter) ?? this.text(parameter);
	}

	private given(parameter: string): string | undefined {
		const value = this.value(parameter);
		if (value === undefined || value === null) return undefined;
		if (typeof value === 'object') {
			throw this.refuse(parameter, 'is an object', 'Give one value, e.g. {{ $json.id }}.');
		}
		return plain(value).trim() || undefined;
	}

	text(parameter: string): string {
		const value = this.optionalText(parameter);
		if (value === undefined) {
			throw this.refuse(
				parameter,
				'is empty',
				'Fill it in, or check that its expression finds a value in this item.',
			);
		}
		return value;
	}

	flag(parameter: string): boolean {
		const value = this.value(parameter);
		if (value === true || value === 'true') return true;
		if (value === false || value === 'false') return false;
		throw this.refuse(parameter, 'is neither on nor off', 'Its expression must give true or false.');
	}

	/** One of the values that the editor offers; an expression may give something else. */
	choice<T extends string>(parameter: string, values: readonly T[]): T {
		const text = this.text(parameter);
		const chosen = values.find((value) => value === text);
		if (chosen !== undefined) return chosen;
		throw this.refuse(parameter, `is "${text}"`, `Its expression must give ${values.join(' or ')}.`);
	}

	/** The id of an object in Stripe, safe to stand in a path. */
	id(parameter: string): string {
		return this.checkedId(parameter, this.text(parameter));
	}

	optionalId(parameter: string): string | undefined {
		const id = this.optionalText(parameter);
		return id === undefined ? undefined : this.checkedId(parameter, id);
	}

	private checkedId(parameter: string, id: string): string {
		if (isStripeId(id)) return id;
		throw this.refuse(
			parameter,
			'is no Stripe ID',
			"Pick it from the list, or paste the ID or its page's address.",
		);
	}

	currency(): string {
		return this.money('currency', () => currencyCode(this.text('currency')));
	}

	/** The amount in minor units of the parameter Currency. */
	async amount(): Promise<string> {
		this.text('amount');
		return (await this.minorUnits(() => Promise.resolve(this.currency()))) ?? '';
	}

	/** The amount in minor units of the object's currency; undefined when it is left empty, which means all of it. */
	amountOf(objectPath: string): Promise<string | undefined> {
		return this.minorUnits(async () => {
			if (this.optionalText('currency') !== undefined) return this.currency();
			return String((await this.lookup(objectPath)).currency);
		});
	}

	private async minorUnits(currencyOf: () => Promise<string>): Promise<string | undefined> {
		const value = this.value('amount');
		if (this.optionalText('amount') === undefined) return undefined;
		// Before anything is read from Stripe: what is no number is none in any currency.
		this.money('amount', () => refuseUnlessNumber(value));
		const unit = this.amountUnit();
		const currency = unit === 'major' ? await currencyOf() : this.knownCurrency();
		return this.money('amount', () => amountInMinorUnits(value, unit, currency));
	}

	private knownCurrency(): string {
		return this.optionalText('currency') === undefined ? '' : this.currency();
	}

	/** @throws Refusal where nobody has chosen it: 50 may be 50.00 or 0.50 */
	amountUnit(): 'minor' | 'major' {
		if (this.optionalText('amountUnit') !== undefined)
			return this.choice('amountUnit', ['minor', 'major']);
		throw this.refuse(
			'amountUnit',
			'is not chosen',
			'Choose Major Unit where 50 is 50.00 EUR, or Minor Unit where 50 is 0.50 EUR.',
		);
	}

	private money<T>(parameter: string, read: () => T): T {
		const result = orRefusal(read);
		if (!(result instanceof MoneyRefusal)) return result;
		throw this.refuse(parameter, ...moneyWords(result, this.optionalText(parameter) ?? ''));
	}

	/** How many objects a list may give. */
	mostResults(): number {
		if (this.flag('returnAll')) return Infinity;
		const limit = Number(this.text('limit'));
		if (Number.isInteger(limit) && limit > 0) return limit;
		throw this.refuse('limit', `is "${this.text('limit')}"`, 'Give a whole number above zero.');
	}

	/** Optional parameters under their names in Stripe's API; empty ones are not sent. */
	additionalFields(): Values {
		const { metadata, paymentMethodTypes, ...fields } = this.collection('additionalFields');
		return {
			...snakeCased({
				...fields,
				paymentMethodTypes: filled(paymentMethodTypes) ? listOf(paymentMethodTypes) : undefined,
			}),
			...(metadata === undefined ? {} : { metadata: this.metadata(metadata) }),
			...this.json('additionalFields.otherParameters'),
		};
	}

	filters(): Values {
		const { createdAfter: _after, createdBefore: _before, ...filters } = this.collection('filters');
		for (const name of Object.keys(filters)) this.checkFilter(name);
		const created = { gte: this.unixSeconds('createdAfter'), lte: this.unixSeconds('createdBefore') };
		const hasCreated = created.gte !== undefined || created.lte !== undefined;
		return { ...snakeCased(filters), ...(hasCreated ? { created } : {}) };
	}

	/** What narrows a list is an ID, unless the editor offers it as a text. */
	private checkFilter(name: string): void {
		if (isPicked(name)) this.optionalId(`filters.${name}`);
		else this.optionalText(`filters.${name}`);
	}

	private unixSeconds(filter: string): number | undefined {
		const ms = this.time(`filters.${filter}`);
		return ms === undefined ? undefined : Math.floor(ms / 1000);
	}

	/** An object in JSON; what decides in it has to be there. @throws Refusal by label and path */
	json(parameter: string): Values {
		const parsed = this.input.jsonValue(parameter, (path) => this.importanceInJson(path)) ?? {};
		if (isRecord(parsed)) return parsed;
		throw this.refuse(parameter, 'is no JSON object', 'Write it like { "description": "Order 1001" }.');
	}

	/** By the names of Stripe's API. */
	protected importanceInJson(path: readonly string[]): Importance {
		return path.some((name) => DESCRIBING_IN_STRIPE.has(name)) ? 'describing' : 'deciding';
	}

	/** A path of the v1 API that cannot lead anywhere else. */
	apiPath(parameter: string): string {
		const path = this.text(parameter);
		if (isApiPath(path) && path.startsWith('/v1/')) return path;
		throw this.refuse(
			parameter,
			`is "${path}", which is no path of the v1 API`,
			'Begin with /v1/, e.g. /v1/invoices; parameters belong into Body (JSON).',
		);
	}

	private collection(parameter: string): Values {
		const names = this.input.namesIn(parameter).filter((name) => name !== 'otherParameters');
		return Object.fromEntries(names.map((name) => [name, this.value(`${parameter}.${name}`)]));
	}

	private metadata(value: unknown): Record<string, string> {
		const entries = isRecord(value) && Array.isArray(value.entry) ? (value.entry as unknown[]) : [];
		const pairs = entries
			.filter(isRecord)
			.map(({ key, value: text }): [string, string] => [
				plain(key).trim(),
				this.withinDepth('metadata', text),
			]);
		const names = pairs.map(([name]) => name);
		if (names.includes(''))
			throw this.refuse('metadata', 'has an entry without a key', 'Name the key, e.g. order_id.');
		if (new Set(names).size < names.length) {
			throw this.refuse('metadata', 'has the same key twice', 'Keep one of the two entries.');
		}
		return Object.fromEntries(pairs);
	}

	/** @throws Refusal for what is nested more deeply than any parameter of Stripe's API */
	private withinDepth(parameter: string, value: unknown): string {
		if (!isNestedBeyond(DEEPEST, value)) return plain(value);
		throw this.refuse(
			parameter,
			'is nested too deeply',
			"No parameter of Stripe's API has that many levels: check where the value comes from.",
		);
	}

	/** A time, in ms since the epoch; one that names no offset is in UTC. Undefined where it is left empty. */
	time(parameter: string): number | undefined {
		const value = this.value(parameter);
		if (!filled(value)) return undefined;
		const time = readTime(value);
		if (typeof time === 'number') return time;
		const [what, nextStep] = TIME_WORDS[time];
		throw this.refuse(parameter, `is ${what}`, nextStep);
	}
}

function refuseUnlessNumber(value: unknown): void {
	if (decimalOf(value) === undefined) throw new MoneyRefusal('not_a_number');
}
