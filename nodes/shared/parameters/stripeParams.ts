import type { INodeProperties } from 'n8n-workflow';

import type { RenamedFields } from './apiName';

/**
 * The names of an endpoint's parameters are checked against the SDK's types at compile time: `npm run types` fails if an SDK
 * update removes a parameter that an operation sends. `Params` is the SDK's type of the endpoint's parameters, e.g.
 * `Stripe.RefundCreateParams`. Values are not checked by types, because they come from expressions.
 */
export type StripeParams<Params> = [Params] extends [never] ? never : { [Name in keyof Params]?: unknown };

/** Returns parameters unchanged. A name that the endpoint does not accept is a compile error. */
export function checkParamNames<Params = never>(
	params: StripeParams<NoInfer<Params>>,
): Record<string, unknown> {
	return params;
}

type CamelCased<Name extends string> = Name extends `${infer Head}_${infer Tail}`
	? `${Head}${Capitalize<CamelCased<Tail>>}`
	: Name;

/** A field whose name in workflows is not the parameter's name in camelCase. */
type RenamedField<Params> = {
	[Field in keyof RenamedFields]: Takes<Params, RenamedFields[Field]> extends true ? Field : never;
}[keyof RenamedFields];

/** Whether a parameter of this name exists, also if nested: `created.gte`. An empty string unsets a value. */
type Takes<Params, Path extends string> = Path extends `${infer Name}.${infer Inner}`
	? Name extends keyof Params
		? Takes<Extract<Params[Name], object>, Inner>
		: false
	: Path extends KeysOfAny<Params>
		? true
		: false;

/** The keys of all members of a union. */
type KeysOfAny<Params> = Params extends unknown ? keyof Params : never;

/** The type of the parameter that a renamed field sends. */
type ValueAt<Params, Path extends string> = Params extends unknown
	? Path extends `${infer Name}.${infer Inner}`
		? ValueAt<Name extends keyof Params ? Extract<Params[Name], object> : never, Inner>
		: Path extends keyof Params
			? Params[Path]
			: never
	: never;

/** The type of the rows of a list, or of the fields of a group. */
type RowParams<Value> = Value extends readonly (infer Row)[]
	? Extract<Row, object>
	: Value extends string | number | boolean | null | undefined
		? never
		: Value;

type SentField<Params> = {
	[Name in KeysOfAny<Params> & string]: NamedProperty<
		CamelCased<Name>,
		ApiField<RowParams<ValueAt<Params, Name>>>
	>;
}[KeysOfAny<Params> & string];

type SentRenamedField<Params> = {
	[Field in RenamedField<Params>]: NamedProperty<
		Field,
		ApiField<RowParams<ValueAt<Params, RenamedFields[Field]>>>
	>;
}[RenamedField<Params>];

/** A field that sends a parameter which the endpoint accepts. The same holds for the fields of its rows. */
export type ApiField<Params> = [Params] extends [never]
	? never
	: SentField<Params> | SentRenamedField<Params> | NamedProperty<'otherParameters'>;

export type NamedProperty<Name extends string, Field = never> = INodeProperties & {
	name: Name;
	/** For the compiler only: the fields nested in the property. */
	fieldsWithin?: Field;
};

/** Checks fields of rows that are read separately: each sends a parameter that such a row accepts. */
export function checkFields<Params = never>(fields: ApiField<NoInfer<Params>>[]): typeof fields {
	return fields;
}

/** Keeps the name of a property as a literal type. */
export function keepName<const Name extends string>(
	description: INodeProperties & { name: Name },
): NamedProperty<Name> {
	return description;
}
