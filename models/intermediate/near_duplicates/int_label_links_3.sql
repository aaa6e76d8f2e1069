{{ label_pass(ref('int_label_links_2')) }}
