import { parseTimeOrFault } from '../../../ledger/identity/timeBucket';
import { findIdFault } from '../../../stripe/api/parameterKinds';
import { isApiPath } from '../../../stripe/objects/ids';
import { containsSecret, redactMessage } from '../../../stripe/api/redact';
import { AmountReader } from './amountReader';
import type { Importance } from './noValue';
import type { InputReader } from './inputReader';
import { ItemError } from '../run/error';
import { toApiName } from './apiName';
import { readApiField, readApiFields } from './fieldForms';
import { TIME_MESSAGES } from '../key/timeMessages';
import type { Values } from './values';
import { isFilled, isRecord, mergeValues, toInputText } from './values';
import { readEntries, refuseLongMetadata } from './metadataEntries';

/** Parameters of Stripe's API that only describe, with whatever stands in them. All others decide. */
const DESCRIBING_STRIPE_PARAMS = new Set([
	'cancellation_reason',
	'description',
	'email',
	'footer',
	'metadata',
	'name',
	'phone',
	'reason',
	'receipt_email',
	'statement_descriptor',
	'statement_descriptor_suffix',
]);

/** Older than Stripe. */
const OLDEST_TIME = Date.UTC(2000, 0);

/** Where any parameter can be written by its name in Stripe's API. */
export const OTHER_PARAMETERS = 'additionalFields.otherParameters';

/** Reads the parameters of one item, and refuses what cannot be sent: by its label, with what to do instead. */
export class ParameterReader extends AmountReader {
	/** @param leftOut a name in Other Parameters that is read as if it were not there */
	constructor(
		readonly input: InputReader,
		private readonly leftOut?: string,
	) {
		super();
	}

	buildError(parameter: string, problem: string, nextStep: string): ItemError {
		return new ItemError(this.input.labelOf(parameter), problem, nextStep);
	}

	/** A parameter's value; null for one that does not show. Of a picked object, its ID. */
	value(parameter: string): unknown {
		// n8n throws where it is to extract from a parameter that does not show, so that is asked for picked objects only.
		const value = this.input.value(parameter);
		return isRecord(value) && value.__rl === true ? this.pickedId(parameter) : value;
	}

	private pickedId(parameter: string): unknown {
		try {
			return this.input.pickedId(parameter);
		} catch {
			throw this.buildError(
				parameter,
				"is not the address of such an object's page",
				'Copy the address of its page in the Stripe dashboard, or choose By ID.',
			);
		}
	}

	/** A text that may be empty. @throws ItemError for one with a secret in it: it would stand in the ledger, or in an address */
	optionalText(parameter: string): string | undefined {
		const text = this.readText(parameter);
		if (text === undefined || !containsSecret(text)) return text;
		throw this.buildError(
			parameter,
			'contains a secret',
			'Secrets belong only in credentials. Enter the ID or the name itself, and roll the secret if others may have seen it.',
		);
	}

	/** Words for people, which may be empty. A secret that somebody has put into them is hidden. */
	optionalProse(parameter: string): string | undefined {
		const text = this.readText(parameter);
		return text === undefined ? undefined : redactMessage(text);
	}

	prose(parameter: string): string {
		return this.optionalProse(parameter) ?? this.text(parameter);
	}

	private readText(parameter: string): string | undefined {
		const value = this.value(parameter);
		if (value === undefined || value === null) return undefined;
		if (typeof value === 'object') {
			throw this.buildError(parameter, 'is an object', 'Enter one value, e.g. {{ $json.id }}.');
		}
		return toInputText(value).trim() || undefined;
	}

	text(parameter: string): string {
		const value = this.optionalText(parameter);
		if (value === undefined) {
			throw this.buildError(
				parameter,
				'is empty',
				'Fill it in, or check that its expression returns a value for this item.',
			);
		}
		return value;
	}

	flag(parameter: string): boolean {
		const value = this.value(parameter);
		if (value === true || value === 'true') return true;
		if (value === false || value === 'false') return false;
		throw this.buildError(
			parameter,
			'is neither on nor off',
			'Its expression must return true or false.',
		);
	}

	/** One of the values that the editor offers; an expression may give something else. */
	choice<T extends string>(parameter: string, values: readonly T[]): T {
		const text = this.text(parameter);
		const chosen = values.find((value) => value === text);
		if (chosen !== undefined) return chosen;
		throw this.buildError(
			parameter,
			`is "${text}"`,
			`Its expression must return ${values.join(' or ')}.`,
		);
	}

	/** One of the values that the editor offers, or none. */
	optionalChoice(parameter: string): string | undefined {
		return readApiField(this, parameter) as string | undefined;
	}

	/** The id of an object in Stripe, safe to stand in a path. */
	id(parameter: string): string {
		return this.checkId(parameter, this.text(parameter));
	}

	optionalId(parameter: string): string | undefined {
		const id = this.optionalText(parameter);
		return id === undefined ? undefined : this.checkId(parameter, id);
	}

	/** The same as it stands in a path. */
	pathId(parameter: string): string {
		return encodeURIComponent(this.id(parameter));
	}

	private checkId(parameter: string, id: string): string {
		const name = parameter.split('.').at(-1) ?? '';
		const fault = findIdFault(toApiName(name), id);
		if (!fault) return id;
		throw this.buildError(parameter, ...fault);
	}

	/** How many objects a list may give. */
	maxResults(): number {
		return this.flag('returnAll') ? Infinity : Number(this.number('limit'));
	}

	/** Optional parameters under their names in Stripe's API; empty ones are not sent. */
	additionalFields(): Values {
		const names = this.input.fieldNames('additionalFields').filter((name) => name !== 'otherParameters');
		const fields = readApiFields(this, 'additionalFields', names);
		return mergeValues(fields, this.otherParameters());
	}

	private otherParameters(): Values {
		const { [this.leftOut ?? '']: _leftOut, ...others } = this.json(OTHER_PARAMETERS);
		return others;
	}

	/** Reads as if Other Parameters did not say this. */
	leaveOut(name: string): ParameterReader {
		return new ParameterReader(this.input, name);
	}

	/** Fields of a collection under their names in Stripe's API; undefined where none is filled in. */
	group(collection: string): Values | undefined {
		const fields = readApiFields(this, collection, this.input.fieldNames(collection));
		return Object.keys(fields).length > 0 ? fields : undefined;
	}

	/** The rows of a list, each under the names in Stripe's API; empty where none was added. */
	list(parameter: string): Values[] {
		return (readApiField(this, parameter) as Values[] | undefined) ?? [];
	}

	/** What narrows a list, under the names in Stripe's API. */
	filters(): Values {
		return readApiFields(this, 'filters', this.input.fieldNames('filters'));
	}

	/** A number within the limits that the editor shows. */
	number(parameter: string): string {
		this.text(parameter);
		return String(readApiField(this, parameter));
	}

	/** Reads the fields of a row, by their own names: as if there were nothing else. */
	within(row: string): ParameterReader {
		return new ParameterReader(this.input.within(row));
	}

	/** The paths of the rows that were added to a list: `lineItems.item[0]`. */
	rows(list: string): string[] {
		const rows = this.input.readWritten(list);
		return Array.isArray(rows) ? rows.map((_row, n) => `${list}[${n}]`) : [];
	}

	/** Any JSON; what decides in it has to be there. @throws ItemError by label and path */
	readonly jsonValue = (parameter: string): unknown =>
		this.input.jsonValue(parameter, (path) => this.importanceInJson(path));

	/** An object in JSON. @throws ItemError by label and path */
	json(parameter: string): Values {
		const parsed = this.jsonValue(parameter) ?? {};
		if (isRecord(parsed)) return parsed;
		throw this.buildError(
			parameter,
			'is not a valid JSON object',
			'Write it like { "description": "Order 1001" }.',
		);
	}

	/** By the names of Stripe's API. */
	protected importanceInJson(path: readonly string[]): Importance {
		return path.some((name) => DESCRIBING_STRIPE_PARAMS.has(name)) ? 'describing' : 'deciding';
	}

	/** A path of the v1 API that cannot lead anywhere else. */
	apiPath(parameter: string): string {
		const path = this.text(parameter);
		if (isApiPath(path) && path.startsWith('/v1/')) return path;
		throw this.buildError(
			parameter,
			`is "${path}", which is not a valid path of the v1 API`,
			'Begin with /v1/, e.g. /v1/invoices; parameters belong in Body (JSON).',
		);
	}

	/** Rows of a key and a value: texts by names. @throws ItemError for a name that is missing, or stands there twice */
	entries(parameter: string): Record<string, string> {
		return readEntries(this.value(parameter), (...fault) => this.buildError(parameter, ...fault));
	}

	/** Your own data of an object. @throws ItemError also for what is longer than Stripe keeps of it */
	metadata(parameter: string): Record<string, string> {
		const entries = this.entries(parameter);
		refuseLongMetadata(entries, (...fault) => this.buildError(parameter, ...fault));
		return entries;
	}

	/** A time, in ms since the epoch; one that names no offset is in UTC. Undefined where it is left empty. */
	time(parameter: string): number | undefined {
		const value = this.value(parameter);
		if (!isFilled(value)) return undefined;
		const time = parseTimeOrFault(value);
		if (typeof time === 'string') {
			const [problem, nextStep] = TIME_MESSAGES[time];
			throw this.buildError(parameter, `is ${problem}`, nextStep);
		}
		if (time >= OLDEST_TIME) return time;
		throw this.buildError(
			parameter,
			'is before the year 2000',
			'An empty cell often becomes the year 1970. Check where the time comes from.',
		);
	}
}
