export const gettext = (text) => text;
export const ngettext = (one, many, count) => (count === 1 ? one : many);
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
