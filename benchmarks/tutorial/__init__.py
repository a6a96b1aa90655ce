"""A session cart as tutorials teach it, with the products of a baked site.

It is no copy of a tutorial's code, but follows the usual idea: the session holds a
quantity and a price for each product, a context processor makes a cart for every page,
and a form has a list of quantities.
"""
