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
import { TIME_MESSAGES } from '../key/treatAs';
import type { Values } from './values';
import { describeStructure, isFilled, isRecord, joinChoices, mergeValues, toInputText } from './values';
import { leaveOutEmptiedEntries, readEntries, refuseLongMetadata } from './metadataEntries';

/** Describing parameters of Stripe's API, including everything nested in them. All others are deciding. */
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

/** Before Stripe existed. */
const OLDEST_TIME = Date.UTC(2000, 0);

/** The parameter that accepts any parameter by its name in Stripe's API. */
export const OTHER_PARAMETERS = 'additionalFields.otherParameters';

/** Reads the parameters of one item. Refuses values that cannot be sent, with their label and what to do. */
export class ParameterReader extends AmountReader {
	/** @param leftOut the name of a parameter in Other Parameters to ignore */
	constructor(
		readonly input: InputReader,
		private readonly leftOut?: string,
	) {
		super();
	}

	buildError(parameter: string, problem: string, nextStep: string): ItemError {
		return new ItemError(this.input.labelOf(parameter), problem, nextStep);
	}

	/** Returns the value of a parameter; null if it is hidden. For a selected object, its ID. */
	value(parameter: string): unknown {
		// n8n throws when it extracts a value from a hidden parameter, so that is requested for selected objects only.
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

	/**
	 * Reads optional text.
	 *
	 * @throws ItemError if it contains a secret, which would reach the ledger or a URL
	 */
	optionalText(parameter: string): string | undefined {
		const text = this.readText(parameter);
		if (text === undefined || !containsSecret(text)) return text;
		throw this.buildError(
			parameter,
			'contains a secret',
			'Secrets belong only in credentials. Enter the ID or the name itself, and roll the secret if others may have seen it.',
		);
	}

	/** Reads optional descriptive text. Secrets in it are masked. */
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
			throw this.buildError(
				parameter,
				describeStructure(value),
				'Enter one value, e.g. {{ $json.id }}.',
			);
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

	/** Reads a choice. An expression may return a value that the editor does not offer. */
	choice<T extends string>(parameter: string, values: readonly T[]): T {
		const text = this.text(parameter);
		const chosen = values.find((value) => value === text);
		if (chosen !== undefined) return chosen;
		throw this.buildError(
			parameter,
			`is "${text}"`,
			`Its expression must return ${joinChoices(values)}.`,
		);
	}

	/** Reads an optional choice. */
	optionalChoice(parameter: string): string | undefined {
		return readApiField(this, parameter) as string | undefined;
	}

	/** Reads the ID of a Stripe object that is safe in a path. */
	id(parameter: string): string {
		return this.checkId(parameter, this.text(parameter));
	}

	optionalId(parameter: string): string | undefined {
		const id = this.optionalText(parameter);
		return id === undefined ? undefined : this.checkId(parameter, id);
	}

	/** Reads an ID, encoded for a path. */
	pathId(parameter: string): string {
		return encodeURIComponent(this.id(parameter));
	}

	private checkId(parameter: string, id: string): string {
		const name = parameter.split('.').at(-1) ?? '';
		const fault = findIdFault(toApiName(name), id);
		if (!fault) return id;
		throw this.buildError(parameter, ...fault);
	}

	/** Reads the maximum number of objects in a list. */
	maxResults(): number {
		return this.flag('returnAll') ? Infinity : Number(this.number('limit'));
	}

	/** Reads optional parameters, by their names in Stripe's API. Empty ones are omitted. */
	additionalFields(): Values {
		const names = this.input.fieldNames('additionalFields').filter((name) => name !== 'otherParameters');
		const fields = readApiFields(this, 'additionalFields', names);
		return mergeValues(fields, this.otherParameters());
	}

	private otherParameters(): Values {
		const { [this.leftOut ?? '']: _leftOut, ...others } = this.json(OTHER_PARAMETERS);
		return others;
	}

	/** Returns a reader that ignores this parameter in Other Parameters. */
	leaveOut(name: string): ParameterReader {
		return new ParameterReader(this.input, name);
	}

	/** Reads the fields of a collection, by their names in Stripe's API; undefined if all are empty. */
	group(collection: string): Values | undefined {
		const fields = readApiFields(this, collection, this.input.fieldNames(collection));
		return Object.keys(fields).length > 0 ? fields : undefined;
	}

	/** Reads the rows of a list, by their names in Stripe's API; empty if there are none. */
	list(parameter: string): Values[] {
		return (readApiField(this, parameter) as Values[] | undefined) ?? [];
	}

	/** Reads the filters of a list, by their names in Stripe's API. */
	filters(): Values {
		return readApiFields(this, 'filters', this.input.fieldNames('filters'));
	}

	/** Reads a number within the limits that the editor shows. */
	number(parameter: string): string {
		this.text(parameter);
		return String(readApiField(this, parameter));
	}

	/** Returns a reader for the fields of a row, by their own names. */
	within(row: string): ParameterReader {
		return new ParameterReader(this.input.within(row));
	}

	/** Returns the paths of the rows of a list: `lineItems.item[0]`. */
	rows(list: string): string[] {
		const rows = this.input.readWritten(list);
		return Array.isArray(rows) ? rows.map((_row, n) => `${list}[${n}]`) : [];
	}

	/**
	 * Reads any JSON. Its deciding values are required.
	 *
	 * @throws ItemError with label and path
	 */
	readonly jsonValue = (parameter: string): unknown =>
		this.input.jsonValue(parameter, (path) => this.importanceInJson(path));

	/**
	 * Reads a JSON object.
	 *
	 * @throws ItemError with label and path
	 */
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

	/** Reads a path of the v1 API that cannot resolve to another one. */
	apiPath(parameter: string): string {
		const path = this.text(parameter);
		if (isApiPath(path) && path.startsWith('/v1/')) return path;
		throw this.buildError(
			parameter,
			`is "${path}", which is not a valid path of the v1 API`,
			'Begin with /v1/, e.g. /v1/invoices; parameters belong in Body (JSON).',
		);
	}

	/**
	 * Reads rows of key and value as an object.
	 *
	 * @throws ItemError for a missing or repeated key
	 */
	entries(parameter: string): Record<string, string> {
		return readEntries(this.value(parameter), (...fault) => this.buildError(parameter, ...fault));
	}

	/**
	 * Reads metadata.
	 *
	 * @throws ItemError also for keys and values that exceed Stripe's limits
	 */
	metadata(parameter: string): Record<string, string> {
		const entries = this.entries(parameter);
		refuseLongMetadata(entries, (...fault) => this.buildError(parameter, ...fault));
		return leaveOutEmptiedEntries(entries, this.input.readWritten(parameter));
	}

	/** Reads a time in ms since the epoch; UTC if it has no offset. Undefined if empty. */
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
