import type { Importance } from './noValue';
import { JsonParameter } from './jsonParameter';
import type { InputContext } from './parametersOfRun';
import { parametersOf } from './parametersOfRun';
import type { Values } from './values';
import { isRecord } from './values';
import type { Evaluate } from './expression';
import type { Chosen, ParameterCatalog, Property } from './writtenRule';
import { buildNoValueError, refuseEmptyExpressionWithin } from './writtenRule';

/**
 * Reads what a person entered into the parameters of a node, and its value for one item. This is the only place that
 * distinguishes an expression without a value from an empty parameter.
 */
export class InputReader {
	private readonly parameters: ReturnType<typeof parametersOf>;

	constructor(
		private readonly source: InputContext,
		private readonly position: number,
		private readonly catalog: ParameterCatalog,
		private readonly parent = '',
	) {
		this.parameters = parametersOf(source);
	}

	/** Reads parameters nested in another one, such as the fields of a row, by their own names. */
	within(parent: string): InputReader {
		return new InputReader(this.source, this.position, this.catalog, `${this.parent}${parent}.`);
	}

	/** @param parameter a row is identified by its position: `lineItems.item[0].price` */
	labelOf(name: string): string {
		const path = `${this.parent}${name}`;
		return this.once(`label ${path}`, [], () => this.labelAt(path));
	}

	private labelAt(parameter: string): string {
		const [, group] = /^(.*)\.value\.[^.]+$/.exec(parameter) ?? [];
		if (group !== undefined)
			return `${this.labelAt(group)}: ${this.catalog.labelOf(parameter, this.readChosen())}`;
		const [, collection, row, field] = /^([^[]*)\.[^.[]*\[(\d+)\](?:\.(.*))?$/.exec(parameter) ?? [];
		if (collection === undefined) return this.catalog.labelOf(parameter, this.readChosen());
		const label = `${this.labelAt(collection)}, row ${Number(row) + 1}`;
		const path = toCatalogPath(parameter);
		return field === undefined ? label : `${label}: ${this.catalog.labelOf(path, this.readChosen())}`;
	}

	/** Returns the declaration of a parameter. */
	propertyOf(name: string): Property | undefined {
		const path = toCatalogPath(`${this.parent}${name}`);
		return this.once(`property ${path}`, [], () => this.catalog.propertyOf(path, this.readChosen()));
	}

	/** The same for all items, because n8n does not allow expressions here. */
	private readChosen(): Chosen {
		const chosen = (name: string) => this.parameters.value(name, this.position);
		return { resource: chosen('resource'), operation: chosen('operation') };
	}

	/**
	 * Returns the result of `read`, cached for all items of the run if none of the parameters contains an expression.
	 *
	 * @param parameters all parameters that `read` uses
	 */
	once<T>(name: string, parameters: readonly string[], read: () => T): T {
		const paths = parameters.map((parameter) => `${this.parent}${parameter}`);
		return this.parameters.once(this.catalog, name, paths, this.position, read);
	}

	/** Returns the value in the editor: an expression starts with `=`. Null for a hidden parameter. */
	readWritten(parameter: string): unknown {
		return this.parameters.readWritten(`${this.parent}${parameter}`, this.position);
	}

	/**
	 * Returns the value for the item; null for a hidden parameter.
	 *
	 * @throws ItemError for an expression without a value
	 */
	value(parameter: string): unknown {
		const path = `${this.parent}${parameter}`;
		return this.once(`value ${path}`, [parameter], () => {
			const value = this.valueAsFound(parameter);
			const parameterRead = {
				label: this.labelOf(parameter),
				written: this.readWritten(parameter),
				value,
			};
			refuseEmptyExpressionWithin(parameterRead, toCatalogPath(path), this.catalog, this.evaluate);
			return value;
		});
	}

	/**
	 * Returns another program's response unchanged. Only an expression without a value is refused.
	 *
	 * @throws ItemError
	 */
	rawValue(parameter: string): unknown {
		const value = this.valueAsFound(parameter);
		if (value === undefined) throw buildNoValueError(this.labelOf(parameter));
		return value;
	}

	/** Returns the value for the item, or undefined, for callers with their own error messages. */
	valueAsFound(parameter: string): unknown {
		return this.parameters.value(`${this.parent}${parameter}`, this.position);
	}

	/** Returns the ID of a selected object. n8n throws for a hidden parameter, and for an invalid URL. */
	pickedId(parameter: string): unknown {
		const path = `${this.parent}${parameter}`;
		return this.once(`picked ${path}`, [parameter], () =>
			this.source.getNodeParameter(path, this.position, null, { extractValue: true }),
		);
	}

	/** Returns the names of the fields that were added to a collection. */
	fieldNames(collection: string): string[] {
		// n8n allows no expression for a whole collection: it loads such a node without fields.
		const written = this.readWritten(collection);
		return isRecord(written) ? Object.keys(written) : [];
	}

	/**
	 * Returns all fields of a collection.
	 *
	 * @throws ItemError for an expression without a value
	 */
	fields(collection: string): Values {
		return this.once(`fields ${this.parent}${collection}`, [collection], () => {
			const values = this.valueAsFound(collection);
			for (const name of this.fieldNames(collection)) {
				const path = `${collection}.${name}`;
				const value = isRecord(values) ? values[name] : undefined;
				const parameterRead = { label: this.labelOf(path), written: this.readWritten(path), value };
				refuseEmptyExpressionWithin(parameterRead, path, this.catalog, this.evaluate);
			}
			return isRecord(values) ? values : {};
		});
	}

	/**
	 * Returns any JSON value with exact numbers; undefined if empty.
	 *
	 * @throws ItemError with label and path
	 */
	jsonValue(parameter: string, importanceAt: (path: readonly string[]) => Importance): unknown {
		return this.once(`json ${this.parent}${parameter}`, [parameter], () => {
			const value = this.valueAsFound(parameter);
			const parameterRead = {
				label: this.labelOf(parameter),
				written: this.readWritten(parameter),
				value,
			};
			return new JsonParameter(parameterRead, importanceAt, this.evaluate).read();
		});
	}

	private readonly evaluate: Evaluate = (expression) => this.parameters.evaluate(expression, this.position);
}

/** Removes the positions of rows. */
function toCatalogPath(parameter: string): string {
	return parameter.replace(/\[\d+\]/g, '');
}
