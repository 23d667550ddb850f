"""What a person does, from the browser to the telephone, on the whole product as `make run` starts it.

`product` is the running product, `furniture` what companies are furnished with (called inside the product's own
environment, by `clerk`), `lines` the telephones, `browsing` the browser.
"""
