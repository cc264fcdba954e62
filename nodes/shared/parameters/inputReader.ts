import type { Importance } from './noValue';
import { JsonParameter } from './jsonParameter';
import type { InputContext } from './parametersOfRun';
import { parametersOf } from './parametersOfRun';
import type { Values } from './values';
import { isRecord } from './values';
import type { Chosen, Evaluate, ParameterCatalog, Property } from './writtenRule';
import { buildNoValueError, refuseEmptyExpressionWithin } from './writtenRule';

/**
 * Reads what a person has written into the parameters of a node, and what comes of it in one item. This is the one place
 * where an expression that finds nothing is told from a parameter in which nothing is written.
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

	/** The parameters inside another one, such as the fields of a row, by their own names. */
	within(parent: string): InputReader {
		return new InputReader(this.source, this.position, this.catalog, `${this.parent}${parent}.`);
	}

	/** @param parameter a row of it is named by its position: `lineItems.item[0].price` */
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

	/** What the editor declares of a parameter. */
	propertyOf(name: string): Property | undefined {
		const path = toCatalogPath(`${this.parent}${name}`);
		return this.once(`property ${path}`, [], () => this.catalog.propertyOf(path, this.readChosen()));
	}

	/** They are the same in all items: n8n takes no expression for them. */
	private readChosen(): Chosen {
		const chosen = (name: string) => this.parameters.value(name, this.position);
		return { resource: chosen('resource'), operation: chosen('operation') };
	}

	/**
	 * What `read` gives: kept for all items of the run where none of the parameters has an expression in it.
	 *
	 * @param parameters all that `read` looks at
	 */
	once<T>(name: string, parameters: readonly string[], read: () => T): T {
		const paths = parameters.map((parameter) => `${this.parent}${parameter}`);
		return this.parameters.once(this.catalog, name, paths, this.position, read);
	}

	/** As it stands in the editor: an expression begins with `=`. Null for a parameter that does not show. */
	readWritten(parameter: string): unknown {
		return this.parameters.readWritten(`${this.parent}${parameter}`, this.position);
	}

	/** Its value in the item; null for one that does not show. @throws ItemError for an expression that finds nothing */
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

	/** What another program has answered, as it is: only an expression that leads nowhere is refused. @throws ItemError */
	rawValue(parameter: string): unknown {
		const value = this.valueAsFound(parameter);
		if (value === undefined) throw buildNoValueError(this.labelOf(parameter));
		return value;
	}

	/** What comes of it in the item, or nothing: for what is refused in words of its own. */
	valueAsFound(parameter: string): unknown {
		return this.parameters.value(`${this.parent}${parameter}`, this.position);
	}

	/** The ID of an object that was picked. n8n throws where a parameter does not show, or is no address. */
	pickedId(parameter: string): unknown {
		const path = `${this.parent}${parameter}`;
		return this.once(`picked ${path}`, [parameter], () =>
			this.source.getNodeParameter(path, this.position, null, { extractValue: true }),
		);
	}

	/** The names of the fields that were added to a collection. */
	fieldNames(collection: string): string[] {
		// n8n takes no expression for a collection as a whole: it loads such a node with none of its fields.
		const written = this.readWritten(collection);
		return isRecord(written) ? Object.keys(written) : [];
	}

	/** All fields of a collection. @throws ItemError for an expression that finds nothing */
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

	/** Any JSON value, its numbers exact; undefined where nothing is written. @throws ItemError by label and path */
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

/** Without the positions of rows. */
function toCatalogPath(parameter: string): string {
	return parameter.replace(/\[\d+\]/g, '');
}
