"""The wire: HTTP/1.1 without I/O, request signing, and the epoll driver that joins them."""
